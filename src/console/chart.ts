import { BarChart, LineChart, PieChart } from 'echarts/charts';
import { DatasetComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { html } from 'hono/html';
import { z } from 'zod';
import type { PublicPage } from './page.ts';
import type { Html } from './views/html.ts';
import { withQuery } from './views/table.ts';

use([BarChart, LineChart, PieChart, DatasetComponent, GridComponent, LegendComponent, TooltipComponent]);
use([SVGRenderer]);

/** Colours that keep 3:1 against their background, and apart from each other for the colour-blind. */
const LOOKS = {
  light: {
    text: '#1a2027',
    line: '#cfd6df',
    colours: ['#1a56b0', '#b35c00', '#17693a', '#8a2be2', '#a5192a', '#4a5568'],
  },
  dark: {
    text: '#e6eaf0',
    line: '#3a424d',
    colours: ['#8ab8ff', '#f2b063', '#79d69b', '#c9a2ff', '#ff9aa5', '#a3adba'],
  },
} as const;

/**
 * A chart in a page: a picture from a route of its own, light or dark as the page is, and the same figures as
 * a table for whoever cannot see it or wants the numbers.
 */
export function chart(
  page: Pick<PublicPage, 'theme'>,
  look: {
    /** What the chart shows, in a sentence: it is its heading and what a screen reader says. */
    readonly title: string;
    /** The route that answers with `drawChart`. */
    readonly src: string;
    readonly width?: number;
    readonly height?: number;
    /** The figures, from `table(…)`. */
    readonly table: Html;
  },
): Html {
  const { title, src, width = 720, height = 300 } = look;
  const of = (theme: 'light' | 'dark') =>
    `${src}${src.includes('?') ? '&' : '?'}${withQuery('', { theme }).slice(1)}`;
  const dark =
    page.theme === 'auto' ? html`<source srcset="${of('dark')}" media="(prefers-color-scheme: dark)" />` : '';
  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <div class="scrolls" role="group" aria-label="Chart" tabindex="0">
      <picture>
        ${dark}<img
          src="${of(page.theme === 'dark' ? 'dark' : 'light')}"
          alt="${title}. The figures are in the table below."
          width="${width}"
          height="${height}"
          loading="lazy"
        />
      </picture>
    </div>
    <details>
      <summary>The figures as a table</summary>
      ${look.table}
    </details>
  </figure>`;
}

const size = z.object({ theme: z.enum(['light', 'dark']) });

/** The answer of a chart's own route: `handler: async (page) => drawChart(page, option)`. */
export function drawChart(
  page: PublicPage,
  option: EChartsCoreOption,
  { width = 720, height = 300 } = {},
): Response {
  const { theme = 'light' } = page.query(size);
  return page.svg(renderChart(option, theme, { width, height }));
}

/** Draws without a browser. Words of people in a chart are escaped by the renderer. */
export function renderChart(
  option: EChartsCoreOption,
  theme: 'light' | 'dark',
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const { text, line, colours } = LOOKS[theme];
  const axis = { axisLabel: { color: text }, axisLine: { lineStyle: { color: line } } };
  const split = { splitLine: { lineStyle: { color: line } } };
  const look = {
    color: colours,
    textStyle: { color: text, fontFamily: 'system-ui, sans-serif' },
    legend: { textStyle: { color: text } },
    categoryAxis: axis,
    valueAxis: { ...axis, ...split },
    timeAxis: { ...axis, ...split },
  };
  const drawing = init(null, look, { renderer: 'svg', ssr: true, width, height });
  try {
    drawing.setOption({ grid: { left: 56, right: 16, top: 32, bottom: 32 }, ...option, animation: false });
    return drawing.renderToSVGString();
  } finally {
    drawing.dispose();
  }
}
