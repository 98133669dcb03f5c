export function takePidFile(path: string): { taken: true } | { taken: false; pid: number };
export function releasePidFile(path: string): void;
export function writePidFile(path: string, pid: number): void;
export function livingHolder(path: string): number | undefined;
export function isRunning(pid: number): boolean;
