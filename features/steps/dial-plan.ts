import { Given, Then } from '@cucumber/cucumber'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { headerOf } from '../support/refusals.ts'
import { planPages } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const searchRules = 'Configuration > Dial plan > Search rules'

Given(
  'the first search rule of the VCS Control turns {string} into {string}',
  function (this: LabWorld, dialled: string, other: string) {
    const rule = {
      'Rule name': 'Rewriting',
      Priority: 1,
      Mode: 'Alias pattern match',
      'Pattern type': 'Regex',
      'Pattern string': `${dialled}@.*`,
      'Pattern behavior': 'Replace',
      'Replace string': `${other}@example.com`,
      'On successful match': 'Stop',
      Target: 'UnifiedCmTrunk',
    }
    planPages(this, 'vcsc1', (document) => withRows(document, searchRules, (rows) => [rule, ...rows]))
  },
)

Then('Unified CM gets the call of {user} for {string}', async function (this: LabWorld, user: string, dialled: string) {
  const caller = await this.user(user)
  const { id, line = id } = caller.user
  const isFrom = (from = '') => from.includes(`sip:${line}@`) || from.includes(`sip:${id}@`)
  const message = await seen(
    this,
    `INVITE of ${user} at Unified CM`,
    (each) => each.to === 'cucm1' && each.summary.startsWith('INVITE ') && isFrom(headerOf(each, 'from')),
  )
  if (!message.summary.startsWith(`INVITE sip:${dialled}@`))
    throw new Mismatch(`what Unified CM is asked for`, dialled, message.summary)
})
