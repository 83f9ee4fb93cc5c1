import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SaxesParser } from 'saxes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failureBlock } from './failure-block.ts'
import { failedMessages, results, scenarios, statements } from './run.fixture.ts'
import { writeReports } from './write-reports.ts'

const folder = mkdtempSync(join(tmpdir(), 'mra-reports-'))
const file = (name: string) => readFileSync(join(folder, name), 'utf8')
const expected = (name: string) => `../expected/${name}`
let printed = ''

beforeAll(() => {
  mkdirSync(join(folder, 'evidence', '02-failed'), { recursive: true })
  writeFileSync(join(folder, 'evidence', '02-failed', 'messages.jsonl'), failedMessages)
  const reporters = [
    `json:${join(folder, 'more/a.json')}`,
    `junit:${join(folder, 'more/b.xml')}`,
    `html:${join(folder, 'more/c.html')}`,
    'line',
  ]
  writeReports(results, { folder, statements, reporters, print: (text) => (printed += text) })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('as expected for each kind of result', () => {
  test.each(['index.html', 'junit.xml', 'matrix.md'])('%s', async (name) => {
    await expect(file(name)).toMatchFileSnapshot(expected(name))
  })

  test('lines', async () => {
    await expect(printed).toMatchFileSnapshot(expected('lines.txt'))
  })

  test.each(['failed', 'harness error', 'not run'] as const)('failure block: %s', async (kind) => {
    const block = failureBlock(scenarios[kind], { statements, folder, shownFolder: 'reports/out/last' })
    await expect(block + '\n').toMatchFileSnapshot(expected(`failure-${kind.replace(' ', '-')}.txt`))
    expect(Math.max(...block.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })
})

test('the reports asked for; links lead back to the folder of the run', () => {
  expect(JSON.parse(file('more/a.json'))).toEqual(results)
  expect(file('more/b.xml')).toBe(file('junit.xml'))
  expect(file('more/c.html')).toContain('href="../evidence/02-failed/index.html"')
})

test('an unknown reporter is told before anything is written', () => {
  const write = (reporter: string) => () =>
    writeReports(results, { folder: '/nonexistent', statements, reporters: [reporter] })
  for (const reporter of ['tap', 'junit', 'json:', 'xml:a', 'line:x']) {
    expect(write(reporter)).toThrow(
      expect.objectContaining({ code: 'MRA_USAGE', message: expect.stringContaining('known: line, json:<path>') }),
    )
  }
})

test('no secret and no markup of others in any report', () => {
  for (const name of ['index.html', 'junit.xml', 'matrix.md']) {
    expect(file(name)).not.toContain('0123456789abcdef')
    expect(file(name)).not.toMatch(/<fails>|<anonymous>|<script/)
  }
})

test('nothing ran: still valid reports that say so', () => {
  const empty = { ...results, scenarios: [] }
  const other = mkdtempSync(join(folder, 'empty-'))
  writeReports(empty, { folder: other, statements, reporters: [] })
  expect(readFileSync(join(other, 'index.html'), 'utf8')).toContain('nothing ran')
  expect(structureOf(readFileSync(join(other, 'junit.xml'), 'utf8'))).toEqual([])
})

describe('JUnit', () => {
  test('attributes and children are those of the schema, and the counts are right', () => {
    expect(structureOf(file('junit.xml'))).toEqual([])
    expect(
      structureOf('<testsuites><testsuite tests="1"><testcase classname="a"/></testsuite></testsuites>'),
    ).not.toEqual([])
  })

  test('xmllint agrees that it is well-formed', ({ skip }) => {
    const { error, status } = spawnSync('xmllint', ['--noout', join(folder, 'junit.xml')])
    if (error !== undefined) return skip('xmllint is missing')
    expect(status).toBe(0)
  })
})

interface Element {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: Element[]
}

const schema: Record<string, { required: string[]; optional: string[]; children: string[] }> = {
  testsuites: { required: [], optional: ['name', 'time', 'tests', 'failures', 'errors'], children: ['testsuite'] },
  testsuite: {
    required: ['name', 'tests', 'failures', 'errors', 'skipped', 'time', 'timestamp'],
    optional: [],
    children: ['testcase'],
  },
  testcase: {
    required: ['name', 'classname', 'time'],
    optional: [],
    children: ['skipped', 'error', 'failure', 'system-out'],
  },
  skipped: { required: ['message'], optional: ['type'], children: [] },
  failure: { required: ['message', 'type'], optional: [], children: [] },
  error: { required: ['message', 'type'], optional: [], children: [] },
  'system-out': { required: [], optional: [], children: [] },
}

/** The rules of the schema that Jenkins publishes (junit-10.xsd), as far as we use it; what violates them. */
function structureOf(xml: string): string[] {
  const root = parse(xml)
  return root.name === 'testsuites' ? problemsOf(root) : [`the root is ${root.name}`]
}

function problemsOf({ name, attributes, children }: Element): string[] {
  const rule = schema[name]!
  const count = (of: string) => children.filter((child) => child.children.some((inner) => inner.name === of)).length
  const wrongCount = (attribute: string, of: string) =>
    name === 'testsuite' && attributes[attribute] !== String(count(of)) ? [`${attribute} is wrong`] : []
  return [
    ...rule.required
      .filter((attribute) => attributes[attribute] === undefined)
      .map((attribute) => `${name} lacks ${attribute}`),
    ...Object.keys(attributes).filter((attribute) => ![...rule.required, ...rule.optional].includes(attribute)),
    ...Object.entries(attributes).flatMap(([attribute, value]) =>
      ['tests', 'failures', 'errors', 'skipped', 'time'].includes(attribute) && !/^\d+(\.\d+)?$/.test(value)
        ? [`${attribute} is no number`]
        : [],
    ),
    ...children.filter((child) => !rule.children.includes(child.name)).map((child) => `${child.name} in ${name}`),
    ...(name === 'testsuite' && attributes['tests'] !== String(children.length) ? ['tests is wrong'] : []),
    ...wrongCount('failures', 'failure'),
    ...wrongCount('errors', 'error'),
    ...wrongCount('skipped', 'skipped'),
    ...children.flatMap(problemsOf),
  ]
}

function parse(xml: string): Element {
  const stack: Element[] = [{ name: '', attributes: {}, children: [] }]
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes: attributes as Record<string, string>, children: [] }
    stack.at(-1)!.children.push(element)
    stack.push(element)
  })
  parser.on('closetag', () => void stack.pop())
  parser.write(xml).close()
  return stack[0]!.children[0]!
}
