import { areasOf } from '#guide/register.ts'
import type { Statement } from '#guide/register.ts'
import { environmentsOf } from '../environments.ts'
import type { RunResults, ScenarioResult } from '../results.ts'
import { escaped } from './markup.ts'
import type { MatrixRow } from './matrix.ts'
import { matrixRows } from './matrix.ts'

const slowestShown = 8

/** What the run proved of each area of the guide, and what took longest. */
export function overviewHtml(results: RunResults, statements: readonly Statement[]): string {
  if (results.scenarios.length === 0) return ''
  return `<div class="overview">
${environmentsHtml(results)}
${areasHtml(matrixRows(results, statements))}
${slowestHtml(results.scenarios)}
</div>`
}

/** The guide's four: what no client script went through is said too. */
function environmentsHtml(results: RunResults): string {
  const rows = environmentsOf(results).map(({ environment, standing }) => {
    const badge = `<span class="badge ${standing.replaceAll(' ', '-')}">${standing}</span>`
    return `<tr><td>${escaped(environment)}</td><td>${badge}</td></tr>`
  })
  return `<section id="environments"><h2>Deployment environments</h2><table><tbody>
${rows.join('\n')}
</tbody></table></section>`
}

/** Only areas the run had to do with. */
function areasHtml(rows: readonly MatrixRow[]): string {
  const areas = [...new Set(rows.map(({ statement }) => areaOf(statement)))]
  const lines = areas.flatMap((area) => {
    const own = rows.filter(({ statement }) => areaOf(statement) === area)
    return own.some(({ scenarios }) => scenarios.length > 0) ? [areaHtml(area, own)] : []
  })
  return `<section id="areas"><h2>Statements by area</h2><table><thead><tr><th>area</th><th class="number">proved</th><th></th><th>else</th></tr></thead><tbody>
${lines.join('\n')}
</tbody></table></section>`
}

function areaHtml(area: string, rows: readonly MatrixRow[]): string {
  const proved = rows.filter(({ result }) => result === 'passed').length
  const others = new Map<string, number>()
  for (const { result } of rows) if (result !== 'passed') others.set(result, (others.get(result) ?? 0) + 1)
  const rest = [...others].map(([result, count]) => `${count} ${result}`).join(', ')
  const bar = `<meter min="0" max="${rows.length}" value="${proved}">${proved} of ${rows.length}</meter>`
  return `<tr><td><code>${escaped(area)}</code></td><td class="number">${proved} of ${rows.length}</td><td>${bar}</td><td class="quiet">${escaped(rest)}</td></tr>`
}

function areaOf({ id }: Statement): string {
  return areasOf(id)[0] ?? id
}

function slowestHtml(scenarios: readonly ScenarioResult[]): string {
  const slowest = scenarios.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, slowestShown)
  const longest = Math.max(1, slowest[0]?.milliseconds ?? 1)
  const lines = slowest.map(({ title, feature, milliseconds }) => {
    const bar = `<progress max="${Math.ceil(longest)}" value="${Math.round(milliseconds)}"></progress>`
    return `<tr><td class="number">${(milliseconds / 1000).toFixed(2)} s</td><td>${bar}</td><td>${escaped(title)} <span class="quiet">${escaped(feature)}</span></td></tr>`
  })
  return `<section id="slowest"><h2>Slowest scenarios</h2><table><tbody>
${lines.join('\n')}
</tbody></table></section>`
}
