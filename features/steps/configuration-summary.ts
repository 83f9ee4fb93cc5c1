import { Given, When } from '@cucumber/cucumber'
import { ApiRefusal } from '#lab/vcs/administrator.ts'
import type { VcsPlan } from '#lab/vcs/vcs-document.ts'
import { Page } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

/** The steps of the guide's configuration summary, by the pages they are done on; certificates are loaded. */
const summary: Readonly<Record<string, readonly string[]>> = {
  'names and NTP': [Page.dns, 'System > Time'],
  mode: [Page.unifiedCommunications],
  servers: [Page.unifiedCm, Page.imAndPresence],
  domains: [Page.domains],
  certificates: [],
  'traversal zone': [Page.localDatabase, Page.zones],
  'allow list': [Page.allowList],
}
const vcss = ['vcse1', 'vcsc1']

Given('both VCSs are out of the box', function (this: LabWorld) {
  this.emptyVcs = true
  this.expectNotReady = true
})

When('the administrator carries out the whole configuration summary', async function (this: LabWorld) {
  for (const step of Object.keys(summary)) await carryOut(this, step)
  await becomeReady(this)
})

When(
  'the administrator carries out the configuration summary without {string}',
  async function (this: LabWorld, skipped: string) {
    if (summary[skipped] === undefined) throw new Error(`the summary has ${Object.keys(summary).join(', ')}`)
    for (const step of Object.keys(summary)) if (step !== skipped) await carryOut(this, step)
    // Nothing works without the others: only a list that nobody needs yet may be missing.
    if (skipped === 'allow list') await becomeReady(this)
  },
)

When('the administrator carries out {string} of the summary', async function (this: LabWorld, step: string) {
  await carryOut(this, step)
})

/** On both VCSs, as far as they take it: what a left-out step keeps from being entered is refused. */
async function carryOut(world: LabWorld, step: string): Promise<void> {
  const lab = await world.lab()
  for (const host of vcss) {
    const { specification, configuration } = lab.plan(host)
    const { document } = configuration as VcsPlan
    await using administrator = lab.administrator(host)
    if (step === 'certificates') {
      await administrator.loadCertificates({ identity: specification.identity!, trust: specification.trust })
      await lab.restartSystem(host)
    }
    for (const page of summary[step]!.filter((path) => path in document)) {
      await administrator.apply({}, { [page]: document[page]! }).catch((error: unknown) => {
        if (!(error instanceof ApiRefusal)) throw error
      })
    }
  }
}

async function becomeReady(world: LabWorld): Promise<void> {
  const lab = await world.lab()
  await lab.host('vcsc1').management.call('retry')
  await lab.ready()
}
