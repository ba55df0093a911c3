/** Results as a table, as a chart, and as lines about what was to be reached. */
import { init, use } from 'echarts/core'
import { BarChart } from 'echarts/charts'
import { GridComponent, TitleComponent } from 'echarts/components'
import { SVGRenderer } from 'echarts/renderers'
import type { Row, Target } from './suite.js'

use([BarChart, GridComponent, TitleComponent, SVGRenderer])

const columns = ['case', 'contender', 'p50', 'p99', 'unit', 'per second', 'ratio', 'reference'] as const

export function table (rows: readonly Row[]): string {
  const cells = rows.map(row => [row.case, row.contender, figure(row.p50), figure(row.p99), row.unit, figure(row.perSecond), figure(row.ratio), row.reference])
  const widths = columns.map((name, i) => Math.max(name.length, ...cells.map(cell => cell[i]?.length ?? 0)))
  const line = (texts: readonly string[]): string => `| ${texts.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [line(columns), line(widths.map(width => '-'.repeat(width))), ...cells.map(line)].join('\n')
}

export function isReached ({ figure, bound, is }: Target): boolean {
  return is === 'at most' ? figure <= bound : figure >= bound
}

export function describeTarget (target: Target): string {
  return `${isReached(target) ? 'reached' : 'missed '}  ${target.what}: ${figure(target.figure)} ${target.unit}, to be ${target.is} ${target.bound}`
}

/** Bars of the ratios, one group for each case. */
export function chart (rows: readonly Row[]): string {
  const shown = rows.filter(row => Number.isFinite(row.ratio))
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width: 960, height: 80 + 30 * shown.length })
  drawing.setOption({
    animation: false,
    backgroundColor: '#fff',
    title: { text: `tggrid bench: ratio to the reference of the same run (${[...new Set(shown.map(row => row.reference))].join(', ')})`, textStyle: { fontSize: 14 } },
    grid: { left: 430, right: 70, top: 40, bottom: 30 },
    xAxis: { type: 'value' },
    yAxis: { type: 'category', inverse: true, data: shown.map(row => `${row.case} · ${row.contender}`), axisLabel: { width: 410, overflow: 'truncate' } },
    series: [{ type: 'bar', data: shown.map(row => ({ value: Number(row.ratio.toPrecision(3)), itemStyle: { color: row.contender === 'tggrid' ? '#2563eb' : '#94a3b8' } })), label: { show: true, position: 'right' } }]
  })
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  return svg
}

function figure (value: number): string {
  if (!Number.isFinite(value)) return '–'
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}
