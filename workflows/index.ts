export { session } from './session.ts';
export { erasure } from './erasure.ts';
export { inactivity } from './inactivity.ts';
export { erasureBatch } from './erasure-batch.ts';
export { exportRun, scheduledExport } from './export.ts';
