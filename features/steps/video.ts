import { Given, Then, When } from '@cucumber/cucumber'
import type { VideoReport, VideoStreamReport } from '#lab/operator/video.ts'
import { videoOf } from '#lab/operator/video.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

/** What an encoder makes of 720p at 30 frames a second. */
const encoderKbps = 1_500
const callKbps = 6_000

Given('{user} has a camera that shows pictures', function (this: LabWorld, user: string) {
  this.setClient(user, { videoCallKbps: callKbps, encoderKbps })
})

Given('{user} has a camera and can share content', function (this: LabWorld, user: string) {
  this.setClient(user, { videoCallKbps: callKbps, encoderKbps, hasContent: true })
})

Given('{user} has a camera whose pictures take {int} kbps', function (this: LabWorld, user: string, kbps: number) {
  this.setClient(user, { videoCallKbps: callKbps, encoderKbps: kbps })
})

Then('{user} and {user} see each other', async function (this: LabWorld, one: string, other: string) {
  await watches(this, one, (video) => seesWell(video.main))
  await watches(this, other, (video) => seesWell(video.main))
})

Then('{user} sees nobody', async function (this: LabWorld, user: string) {
  const { main } = await videoOf(await this.user(user))
  if (main.isAgreed || main.packetsReceived > 0) throw new Mismatch(`video at ${user}`, 'refused', main)
  this.showRecord(user, 'video refused, no packet received')
})

const seesWell = ({ frames, authFailures }: VideoStreamReport) => frames >= fewestFrames && authFailures === 0
const fewestFrames = 10

/** Waits for what an endpoint's video must come to; keeps it as evidence. */
async function watches(
  world: LabWorld,
  user: string,
  isRight: (video: VideoReport) => boolean,
  what = 'pictures',
): Promise<VideoReport> {
  const endpoint = await world.user(user)
  let last: VideoReport | undefined
  const found = await waitFor(
    `${user} to see ${what}`,
    async () => {
      last = await videoOf(endpoint)
      return isRight(last) && last
    },
    { limitMs: 6_000, everyMs: 30, lastSeen: () => last },
  )
  for (const [name, stream] of [
    ['camera', found.main],
    ['slides', found.slides],
  ] as const)
    if (stream !== undefined && stream.packetsReceived > 0) world.showRecord(user, `${name}: ${inWords(stream)}`)
  return found
}

function inWords({ packetsReceived, lost, frames, kbps = 0, picture = 'no picture' }: VideoStreamReport): string {
  return `${packetsReceived} packets, ${lost} lost, ${frames} pictures, ${kbps} kbps, ${picture}`
}

/** G.711 with its headers. */
const audioKbps = 80
const totalKbps = ({ main, slides }: VideoReport) => audioKbps + (main.kbps ?? 0) + (slides?.kbps ?? 0)
/** Long enough that keyframes do not count for much, and with content that the last second is all with content. */
const isMeasured = ({ main, slides }: VideoReport) =>
  main.kbps !== undefined && main.frames >= 25 && (slides?.kbps === undefined || slides.frames >= 12)

Then(
  'the call of {user} and {user} measures at most {int} kbps',
  async function (this: LabWorld, one: string, other: string, most: number) {
    for (const user of [one, other]) {
      const video = await watches(this, user, isMeasured, 'enough to measure')
      // A tenth: what one keyframe more or less makes in the second measured.
      if (totalKbps(video) > most * 1.05) throw new Mismatch(`kbps measured at ${user}`, `${most} at most`, video)
      this.showRecord(user, `${totalKbps(video)} kbps measured, audio included`)
    }
  },
)

Then(
  'the call of {user} and {user} measures more than {int} kbps',
  async function (this: LabWorld, one: string, other: string, least: number) {
    for (const user of [one, other]) {
      const video = await watches(this, user, isMeasured, 'enough to measure')
      if (totalKbps(video) <= least) throw new Mismatch(`kbps measured at ${user}`, `more than ${least}`, video)
      this.showRecord(user, `${totalKbps(video)} kbps measured, audio included`)
    }
  },
)

Then('{user} sees the other side in {string}', async function (this: LabWorld, user: string, picture: string) {
  await watches(this, user, ({ main }) => main.picture === picture && main.frames > 0, `pictures in ${picture}`)
})

When('{user} shares content', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('share')
})

When('{user} stops sharing', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('stopSharing')
})

Then('{user} sees the content of {user}', async function (this: LabWorld, user: string, other: string) {
  const video = await watches(this, user, ({ slides }) => (slides?.frames ?? 0) >= 3, `the content of ${other}`)
  const { holder } = video.floor!
  if (holder !== 'peer') throw new Mismatch(`floor at ${user}`, 'peer', holder)
  if (video.slides!.authFailures > 0) throw new Mismatch(`slides at ${user}`, 'all authentic', video.slides)
})

Then('{user} sees the content in {string}', async function (this: LabWorld, user: string, picture: string) {
  const isIt = ({ slides }: VideoReport) => slides?.picture === picture && slides.frames > 0
  await watches(this, user, isIt, `the content in ${picture}`)
})

Then('{user} sees no content any more', async function (this: LabWorld, user: string) {
  const endpoint = await this.user(user)
  await watches(this, user, ({ floor }) => floor?.holder === 'nobody', 'a floor that is free')
  const before = (await videoOf(endpoint)).main.frames
  const slidesOf = async () => (await videoOf(endpoint)).slides?.frames
  const then = await slidesOf()
  // The camera goes on, so packets had the time to come.
  await watches(this, user, ({ main }) => main.frames >= before + 5, 'the camera')
  const now = await slidesOf()
  if (now !== then) throw new Mismatch(`slides at ${user}`, then, now)
  this.showRecord(user, `content ended with ${now} pictures`)
})

When('{user} asks for a keyframe by {word}', async function (this: LabWorld, user: string, kind: string) {
  const endpoint = await this.user(user)
  this.memory.set('keyframes', (await videoOf(endpoint)).main.keyframes)
  await endpoint.call('requestKeyframe', { kind })
})

Then(
  '{user} is asked by {word} and {user} gets the keyframe',
  async function (this: LabWorld, asked: string, kind: 'PLI' | 'FIR', user: string) {
    const before = this.recall<number>('keyframes')
    await watches(this, asked, ({ main }) => main.keyframesAsked[kind] > 0, `a ${kind}`)
    await watches(this, user, ({ main }) => main.keyframes > before, 'a keyframe')
  },
)

When(
  '{user} turns the camera of {user} {word}',
  async function (this: LabWorld, user: string, _: string, move: string) {
    await (await this.user(user)).call('turnFarCamera', { move })
  },
)

Then('the camera of {user} is turned {word}', async function (this: LabWorld, user: string, move: string) {
  await watches(this, user, ({ cameraControl }) => cameraControl?.moves.at(-1) === move, `a turn ${move}`)
  this.showRecord(user, `far-end camera control: ${move}`)
})
