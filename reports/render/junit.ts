import type { RunResults, ScenarioResult } from '../results.ts'
import { escaped } from './markup.ts'
import { readProblem } from './problem.ts'

/**
 * JUnit XML as Jenkins and GitLab read it: a suite for each feature, a case for each scenario. Failed is a failure,
 * unsupported is skipped, harness error and not run are errors.
 */
export function junitXml({ run, scenarios }: RunResults): string {
  const features = [...new Set(scenarios.map(({ feature }) => feature))]
  const suites = features.map((feature) =>
    suite(
      feature,
      scenarios.filter((scenario) => scenario.feature === feature),
      run.startedAt,
    ),
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="MRA Conformance" ${counts(scenarios)} time="${seconds(run.milliseconds)}">
${suites.join('')}</testsuites>
`
}

function suite(feature: string, scenarios: readonly ScenarioResult[], startedAt: string): string {
  const time = scenarios.reduce((total, { milliseconds }) => total + milliseconds, 0)
  const timestamp = startedAt.slice(0, 19)
  return `  <testsuite name="${escaped(feature)}" ${counts(scenarios)} skipped="${count(scenarios, ['unsupported'])}" time="${seconds(time)}" timestamp="${escaped(timestamp)}">
${scenarios.map(testCase).join('')}  </testsuite>
`
}

function counts(scenarios: readonly ScenarioResult[]): string {
  return `tests="${scenarios.length}" failures="${count(scenarios, ['failed'])}" errors="${count(scenarios, ['harness error', 'not run'])}"`
}

function count(scenarios: readonly ScenarioResult[], results: readonly string[]): number {
  return scenarios.filter(({ result }) => results.includes(result)).length
}

function testCase(scenario: ScenarioResult): string {
  const { title, feature, rule, uri, line, milliseconds, ids } = scenario
  const classname = rule === undefined ? feature : `${feature}.${rule}`
  const facts = [
    `${uri}:${line}`,
    ...(ids.length > 0 ? [`statements: ${ids.join(' ')}`] : []),
    ...(scenario.evidence === undefined ? [] : [`evidence: ${scenario.evidence}`]),
  ]
  return `    <testcase name="${escaped(title)}" classname="${escaped(classname)}" time="${seconds(milliseconds)}">
${outcome(scenario)}      <system-out>${escaped(facts.join('\n'))}</system-out>
    </testcase>
`
}

function outcome(scenario: ScenarioResult): string {
  const { result } = scenario
  if (result === 'passed') return ''
  const { step, says = result, expected, actual } = readProblem(scenario)
  const [message = ''] = says.split('\n', 1)
  if (result === 'unsupported') return `      <skipped message="${escaped(message)}"/>\n`
  const element = result === 'failed' ? 'failure' : 'error'
  const text = [
    ...(step === undefined ? [] : [`at ${step}`]),
    says,
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(actual === undefined ? [] : [`actual: ${actual}`]),
    scenario.again,
  ]
  return `      <${element} message="${escaped(message)}" type="${result}">${escaped(text.join('\n'))}</${element}>\n`
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3)
}
