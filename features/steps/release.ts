import { Given, Then } from '@cucumber/cucumber'
import type { VcsPlan } from '#lab/vcs/vcs-document.ts'
import { Mismatch } from '../support/matchers.ts'
import { withoutMode } from '../support/mode.ts'
import { Page } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

Given('the {host} has software {string}', function (this: LabWorld, host: string, release: string) {
  this.expectNotReady = true
  this.adapt((plan) => {
    if (plan.specification.name !== host) return plan
    const { installation, document } = plan.configuration as VcsPlan
    const configuration = { installation: { ...installation, release }, document: withoutMode(document) }
    return { ...plan, configuration }
  })
})

async function releaseOf(world: LabWorld, host: string): Promise<string> {
  await using administrator = (await world.lab()).administrator(host)
  const status = await administrator.call<{ systemUnit: { software: { version: string } } }>({
    method: 'GET',
    path: '/api/status',
  })
  return status.systemUnit.software.version
}

/** Guide: Prerequisites. */
const first = [8, 1, 1]

function isEnough(release: string): boolean {
  const parts = release.slice(1).split('.').map(Number)
  const differences = first.map((part, index) => (parts[index] ?? 0) - part)
  return (differences.find((difference) => difference !== 0) ?? 0) >= 0
}

Then('the software of the {host} is X8.1.1 or later', async function (this: LabWorld, host: string) {
  const release = await releaseOf(this, host)
  if (!isEnough(release)) throw new Mismatch(`software of ${host}`, 'X8.1.1 or later', release)
  this.showRecord(host, `software ${release}`)
})

Then('the software of the {host} is older than X8.1.1', async function (this: LabWorld, host: string) {
  const release = await releaseOf(this, host)
  if (isEnough(release)) throw new Mismatch(`software of ${host}`, 'older than X8.1.1', release)
  this.showRecord(host, `software ${release}`)
})

Then('the {host} offers the modes {string}', async function (this: LabWorld, host: string, wanted: string) {
  await using administrator = (await this.lab()).administrator(host)
  const { fields = [] } = (await administrator.page(Page.unifiedCommunications)) as {
    readonly fields?: ReadonlyArray<{ readonly label: string; readonly choices?: readonly string[] }>
  }
  const choices = fields.find(({ label }) => label === 'Unified Communications mode')?.choices?.join(', ')
  if (choices !== wanted) throw new Mismatch(`modes that ${host} offers`, wanted, choices)
  this.showRecord(host, `Unified Communications mode: ${choices}`)
})
