import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../lab.ts'
import type { EndpointProcesses } from '../roles/endpoints.ts'
import { openEndpointProcesses } from '../roles/endpoints.ts'
import { needsPrivateFabric } from '../surroundings.ts'
import { readTopology } from '../topology/topology.ts'
import { fieldIssues } from './catalogue.ts'
import type { FieldIssue } from './field-issue.ts'
import { reproduce } from './reproduce.ts'

const pkiFolder = fileURLToPath(new URL('../../.mra/pki', import.meta.url))
let endpoints: EndpointProcesses

beforeAll(() => {
  endpoints = openEndpointProcesses(['jabber', 'phone'])
})

afterAll(() => endpoints.stop())

/** The phases that did not show what they had to. */
async function failedPhases(issue: FieldIssue): Promise<string[]> {
  await using lab = await Lab.start({ topology: issue.topology ?? 'single', seed: 1, endpoints, pkiFolder })
  const failed: string[] = []
  for await (const { name, passed } of reproduce(issue, lab)) if (!passed) failed.push(name)
  return failed
}

const nothing = async () => {}

/** Those whose deployment needs a firewall are reproduced by the command, in a network of its own (cli). */
const issues = fieldIssues().filter(({ topology = 'single' }) => !needsPrivateFabric(readTopology(topology)))

describe.each(issues.map(({ name }) => name))('%s', (name) => {
  const issue = () => fieldIssues().find((each) => each.name === name)!

  test('is reproduced and gone again', async () => {
    expect(await failedPhases(issue())).toEqual([])
  })

  test('without the misconfiguration there is no symptom, and that is noticed', async () => {
    expect(await failedPhases({ ...issue(), apply: nothing })).toEqual(['fault'])
  })

  test('without the remedy the symptom stays, and that is noticed', async () => {
    expect(await failedPhases({ ...issue(), mend: nothing })).toEqual(['mended'])
  })
})
