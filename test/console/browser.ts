import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type Page,
  type PageScreenshotOptions,
} from 'playwright-core';
import type { AxeResults } from 'axe-core';
import { findChromium } from './chromium.ts';
import type { Browser as PlainBrowser } from './stage.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const ARTEFACTS = join(import.meta.dirname, '../artefacts');
/** How a page is looked at. */
export const LOOKS = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
} as const;
export type Look = keyof typeof LOOKS;

/** A real browser for the pages of the console. */
export interface BrowserStage {
  /**
   * A page in a window of its own, with the cookies of a signed-in person. Whatever it asks of another host, and
   * whatever the content security policy stops, fails the test at `check`.
   */
  open(path: string, options?: { look?: Look; as?: PlainBrowser; scripts?: boolean }): Promise<StagePage>;
  close(): Promise<void>;
}

export interface StagePage {
  readonly page: Page;
  /** Saves how the page looks to `test/artefacts/NAME.png`, which git does not take. */
  screenshot(name: string): Promise<void>;
  /** No violation of axe that is serious or critical, no other host, nothing stopped, no error of a script. */
  check(): Promise<void>;
}

/** @param url the console's address; see `openConsoleStage` */
export async function openBrowser(url: string): Promise<BrowserStage> {
  const browser = await launch();
  const contexts: BrowserContext[] = [];
  return {
    async open(path, { look = 'light', as, scripts = true } = {}) {
      const context = await browser.newContext({ ...LOOKS[look], javaScriptEnabled: scripts });
      contexts.push(context);
      const cookies = [...(as?.cookies ?? [])].map(([name, value]) => ({ name, value, url }));
      if (cookies.length > 0) await context.addCookies(cookies);
      const page = await context.newPage();
      const faults = watch(page, new URL(url).origin);
      await page.goto(new URL(path, url).href, { waitUntil: 'load' });
      return {
        page,
        async screenshot(name) {
          await mkdir(ARTEFACTS, { recursive: true });
          await takePicture(page, { path: join(ARTEFACTS, `${name}-${look}.png`), fullPage: true });
        },
        async check() {
          const { violations } = await runAxe(page);
          const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
          assert.deepEqual(
            grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`),
            [],
          );
          assert.deepEqual(faults, []);
        },
      };
    },
    async close() {
      for (const context of contexts) await context.close();
      await browser.close();
    },
  };
}

/**
 * Saves how a page looks. On a loaded machine Chromium now and then answers "Unable to capture screenshot", where
 * its surface went while the window was stretched to the whole page: it is asked again, and no more than that.
 */
export async function takePicture(page: Page, options: PageScreenshotOptions): Promise<void> {
  for (let left = 2; ; left--)
    try {
      await page.screenshot(options);
      return;
    } catch (error) {
      if (left === 0 || !String(error).includes('Unable to capture screenshot')) throw error;
    }
}

function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
}

function watch(page: Page, origin: string): string[] {
  const faults: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'data:') faults.push(`asked ${url.origin}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy/.test(message.text()))
      faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  return faults;
}

/** Run over the debugger's connection, which the page's own policy does not bind. */
async function runAxe(page: Page): Promise<AxeResults> {
  await page.evaluate(await readFile(AXE, 'utf8'));
  return page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
}
