import { Given, Then } from '@cucumber/cucumber'
import type { TimelineMedia } from '#lab/evidence/timeline.ts'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { waitFor } from '#runtime/wait.ts'
import { Page, planPages } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

Given(
  'the media encryption mode of the zone {string} on the {host} is {string}',
  function (this: LabWorld, name: string, host: string, mode: string) {
    planPages(this, host, (document) =>
      withRows(document, Page.zones, (rows) =>
        rows.map((row) => (row['Name'] === name ? { ...row, 'Media encryption mode': mode } : row)),
      ),
    )
  },
)

Given('{user} speaks SRTP only', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('setMedia', { encryption: 'on' })
})

/** From the packets on the wire: the last that were sent, whatever went elsewhere before. */
Then('the RTP of {user} goes to {string} by now', async function (this: LabWorld, user: string, to: string) {
  let last: TimelineMedia | undefined
  await waitFor(
    `RTP from ${user} to ${to}`,
    async () => {
      last = (await this.timeline()).entries
        .filter((entry) => entry.kind === 'media')
        .filter(({ protocol, from }) => /^S?RTP$/.test(protocol) && from === user)
        .reduce<TimelineMedia | undefined>((latest, each) => {
          return latest === undefined || each.until > latest.until ? each : latest
        }, undefined)
      return last?.to === to
    },
    { limitMs: 3_000, everyMs: 50, lastSeen: () => last?.to },
  )
  this.showRecord(to, `RTP of ${user}`)
})
