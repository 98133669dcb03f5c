import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
];

/** Where Chromium is. On a Debian machine of one's own it is installed where it is missing. */
export function findChromium(): string {
  const found = () => process.env['CHROMIUM'] ?? PLACES.find((place) => existsSync(place));
  const there = found() ?? (install() ? found() : undefined);
  if (there) return there;
  throw new Error(
    'No Chromium is installed. Install it (Debian: apt-get install chromium), or set CHROMIUM to where it is.',
  );
}

function install(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  process.stderr.write('Installing Chromium…\n');
  // Another test file may be at it: then this one waits.
  const apt = (...args: string[]) =>
    execFileSync('apt-get', ['-o', 'DPkg::Lock::Timeout=240', '-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  try {
    apt('update');
    apt('install', '-y', '--no-install-recommends', 'chromium', 'fonts-noto-core');
    return true;
  } catch {
    return false;
  }
}
