import { Given, Then } from '@cucumber/cucumber'
import type { AudioReport } from '#lab/endpoint.ts'
import { waitFor } from '#runtime/wait.ts'
import { allSeen, briefly, Mismatch, seen } from '../support/matchers.ts'
import { statusOf } from '../support/refusals.ts'
import type { Status } from '../support/vocabulary.ts'
import type { LabWorld } from '../support/world.ts'

const isDescribed = ({ bytes }: { bytes: Buffer }) => /^m=audio /m.test(bytes.toString('latin1'))

Given('{user} speaks before he answers', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('setAnswer', { mode: 'early media' })
})

Then('{user} has sent {status} with a description', async function (this: LabWorld, user: string, { status }: Status) {
  await seen(
    this,
    `${status} from ${user}, with a description`,
    (message) => message.from === user && statusOf(message) === status && isDescribed(message),
  )
})

Then(
  '{user} has been told {status} without a description',
  async function (this: LabWorld, user: string, { status }: Status) {
    await seen(this, `${status} at ${user}`, (message) => message.to === user && statusOf(message) === status)
    const early = await allSeen(this, (message) => {
      const told = statusOf(message) ?? 0
      return message.to === user && told > 100 && told < 200
    })
    const wrong = early.filter((message) => statusOf(message) !== status || isDescribed(message))
    if (wrong.length > 0) throw new Mismatch(`at ${user} before the answer`, `${status} alone`, wrong.map(briefly))
  },
)

/** Judged over twenty packets of the one who speaks. */
Then('{user} hears nothing of what {user} says', async function (this: LabWorld, user: string, other: string) {
  const [listener, speaker] = [await this.user(user), await this.user(other)]
  const reportOf = (endpoint: typeof listener) => endpoint.call<AudioReport>('audio')
  const before = (await reportOf(speaker)).packetsSent
  await waitFor(`${other} to speak`, async () => (await reportOf(speaker)).packetsSent >= before + 20)
  const { packetsReceived, strangers } = await listener.call<AudioReport & { strangers: number }>('audio')
  if (packetsReceived + strangers > 0) throw new Mismatch(`packets at ${user}`, 0, packetsReceived + strangers)
  this.showRecord(user, `received no packet while ${other} spoke`)
})
