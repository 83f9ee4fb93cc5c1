import { createHash } from 'node:crypto'
import type { Statement } from '#guide/register.ts'
import type { RunResults, ScenarioResult } from '../results.ts'
import { countOutcomes } from '../results.ts'
import type { FailureContext } from './failure-block.ts'
import { failureBlock } from './failure-block.ts'
import { reportStyle } from './html-style.ts'
import { escaped } from './markup.ts'
import type { MatrixRow } from './matrix.ts'
import { countText, matrixRows, recordText } from './matrix.ts'
import { overviewHtml } from './overview.ts'

export interface HtmlFacts extends FailureContext {
  readonly statements: readonly Statement[]
  /** From where the file is to the folder of the run: '' where it lies in it, else it ends in a slash. */
  readonly link?: string
}

/** The report of a run as one file: failures first, features, guide matrix. No script, nothing loaded. */
export function htmlReport(results: RunResults, facts: HtmlFacts): string {
  const { run, scenarios } = results
  const failures = scenarios.filter(({ result }) => result !== 'passed' && result !== 'unsupported')
  const unsupported = scenarios.filter(({ result }) => result === 'unsupported')
  const features = [...new Set(scenarios.map(({ feature }) => feature))].sort()
  const hash = createHash('sha256').update(reportStyle).digest('base64')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width">
<title>MRA Conformance: ${escaped(verdict(results))}</title>
<style>${reportStyle}</style>
</head>
<body>
<header>
<h1>MRA Conformance</h1>
<p class="verdict ${failures.length === 0 && scenarios.length > 0 ? 'passed' : 'failed'}">${escaped(verdict(results))}</p>
<p class="quiet">${escaped(`${run.startedAt} · ${(run.milliseconds / 1000).toFixed(1)} s · seed ${run.seed} · order ${run.order} · placement ${run.placement} · node ${run.node}`)}</p>
<nav>${failures.length > 0 ? '<a href="#failures">failures</a> ' : ''}<a href="#areas">areas</a> <a href="#slowest">slowest</a> <a href="#features">features</a> <a href="#matrix">guide matrix</a> <a href="${escaped(facts.link ?? '')}matrix.md">matrix.md</a> <a href="${escaped(facts.link ?? '')}junit.xml">junit.xml</a> <a href="${escaped(facts.link ?? '')}results.json">results.json</a></nav>
</header>
<main>
${failures.length === 0 ? '' : `<section id="failures"><h2>Failures</h2>\n${failures.map((scenario) => failureHtml(scenario, facts)).join('\n')}\n</section>`}
${unsupported.length === 0 ? '' : `<section id="unsupported"><h2>Cannot run here</h2><ul>${unsupported.map(({ title, problem }) => `<li>${escaped(title)}: ${escaped(problem ?? 'no reason given')}</li>`).join('')}</ul></section>`}
${overviewHtml(results, facts.statements)}
<section id="features"><h2>Features</h2>
${features.map((feature) => featureHtml(feature, scenarios, facts)).join('\n')}
</section>
${matrixHtml(matrixRows(results, facts.statements), facts)}
</main>
</body>
</html>
`
}

function verdict(results: RunResults): string {
  if (results.scenarios.length === 0) return 'nothing ran'
  const counts = Object.entries(countOutcomes(results)).filter(([, count]) => count > 0)
  return counts.map(([result, count]) => `${count} ${result}`).join(', ')
}

function failureHtml(scenario: ScenarioResult, facts: HtmlFacts): string {
  return `<article id="${anchorOf(scenario)}"><h3>${escaped(scenario.title)}</h3>${evidenceLinks(scenario, facts)}<pre>${escaped(failureBlock(scenario, facts))}</pre></article>`
}

function anchorOf({ uri, line }: ScenarioResult): string {
  return escaped(`${uri}-${line}`.replace(/[^\w-]+/g, '-'))
}

function evidenceLinks({ evidence }: ScenarioResult, { link = '' }: HtmlFacts): string {
  if (evidence === undefined) return ''
  const files = [
    ['index.html', 'ladder'],
    ['wire.pcapng', 'pcapng'],
    ['summary.md', 'summary'],
  ]
  return `<span class="links">${files.map(([file, name]) => `<a href="${escaped(`${link}${evidence}/${file}`)}">${name}</a>`).join(' ')}</span>`
}

function featureHtml(feature: string, scenarios: readonly ScenarioResult[], facts: HtmlFacts): string {
  const own = scenarios.filter((scenario) => scenario.feature === feature)
  const passed = own.filter(({ result }) => result === 'passed').length
  return `<details${passed === own.length ? '' : ' open'}><summary>${escaped(feature)} <span class="quiet">${passed} of ${own.length} passed</span></summary>
<table><thead><tr><th>result</th><th>scenario</th><th>statements</th><th>time</th><th>evidence</th></tr></thead><tbody>
${own.map((scenario) => scenarioHtml(scenario, facts)).join('\n')}
</tbody></table></details>`
}

function scenarioHtml(scenario: ScenarioResult, facts: HtmlFacts): string {
  const { result, title, rule, uri, line, ids, milliseconds, records } = scenario
  const isFailure = result !== 'passed' && result !== 'unsupported'
  const name = isFailure ? `<a href="#${anchorOf(scenario)}">${escaped(title)}</a>` : escaped(title)
  const shown = records.map((record) => `<li>${escaped(recordText(record))}</li>`).join('')
  return `<tr><td>${badge(result)}</td><td>${rule === undefined ? '' : `<span class="quiet">${escaped(rule)}</span><br>`}${name}<br><code>${escaped(`${uri}:${line}`)}</code></td><td>${ids.map((id) => `<a class="id" href="#${escaped(id)}">${escaped(id)}</a>`).join(' ')}</td><td class="time">${(milliseconds / 1000).toFixed(2)} s</td><td>${evidenceLinks(scenario, facts)}${shown === '' ? '' : `<ul>${shown}</ul>`}</td></tr>`
}

function badge(result: string): string {
  return `<span class="badge ${escaped(result.replaceAll(' ', '-'))}">${escaped(result)}</span>`
}

/** Sections the run had to do with come first; the rest is folded. */
function matrixHtml(rows: readonly MatrixRow[], facts: HtmlFacts): string {
  const sections = [...new Set(rows.map(({ statement }) => statement.section))].map((section) => ({
    section,
    rows: rows.filter(({ statement }) => statement.section === section),
  }))
  const isTouched = ({ rows: own }: { rows: readonly MatrixRow[] }) => own.some(({ scenarios }) => scenarios.length > 0)
  const [touched, others] = [sections.filter(isTouched), sections.filter((section) => !isTouched(section))]
  const draw = (list: typeof sections) =>
    list.map(({ section, rows: own }) => sectionHtml(section, own, facts)).join('\n')
  const rest = others.reduce((total, { rows: own }) => total + own.length, 0)
  return `<section id="matrix"><h2>Guide matrix</h2><p>${escaped(countText(rows))}</p>
${draw(touched)}
${others.length === 0 ? '' : `<details class="rest"><summary>not selected in this run <span class="quiet">${others.length} sections, ${rest} statements without a scenario here</span></summary>\n${draw(others)}\n</details>`}
</section>`
}

function sectionHtml(section: string, rows: readonly MatrixRow[], facts: HtmlFacts): string {
  const passed = rows.filter(({ result }) => result === 'passed').length
  return `<details><summary>${escaped(section)} <span class="quiet">${passed} of ${rows.length} proved</span></summary>
<table><tbody>
${rows.map((row) => matrixRowHtml(row, facts)).join('\n')}
</tbody></table></details>`
}

function matrixRowHtml({ statement, result, scenarios }: MatrixRow, { link = '' }: HtmlFacts): string {
  const proofs = scenarios.map(({ title, evidence, records }) => {
    const name =
      evidence === undefined
        ? escaped(title)
        : `<a href="${escaped(`${link}${evidence}/index.html`)}">${escaped(title)}</a>`
    return `<li>${name}${records.map((record) => `<br><span class="quiet">${escaped(recordText(record))}</span>`).join('')}</li>`
  })
  const reason =
    scenarios.length === 0 && statement.reason !== undefined
      ? `<br><span class="quiet">${escaped(statement.reason)}</span>`
      : ''
  return `<tr id="${escaped(statement.id)}"><td><code>${escaped(statement.id)}</code></td><td>${escaped(statement.statement)}${reason}</td><td>${badge(result)}</td><td>${proofs.length === 0 ? '' : `<ul>${proofs.join('')}</ul>`}</td></tr>`
}
