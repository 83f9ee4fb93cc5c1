import { Given, Then } from '@cucumber/cucumber'
import type { TimelineMessage } from '#lab/evidence/timeline.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

Given('{user} has a camera for calls of {int} kbps', function (this: LabWorld, user: string, kbps: number) {
  this.setClient(user, { videoCallKbps: kbps })
})

interface RegionPlan {
  readonly regionRelationships: readonly { readonly of: string; readonly region: string }[]
  readonly devicePools?: readonly object[]
  readonly devices: readonly { readonly owner: string }[]
}

function planRegions(world: LabWorld, change: (plan: RegionPlan) => object): void {
  world.adapt((plan) =>
    plan.role === 'cucm'
      ? { ...plan, configuration: { ...(plan.configuration as object), ...change(plan.configuration as RegionPlan) } }
      : plan,
  )
}

/** Within a region (named twice) or between two of them. */
Given(
  'the Maximum Session Bit Rate for Video Calls of the regions {string} and {string} is {int} kbps',
  function (this: LabWorld, of: string, region: string, kbps: number) {
    planRegions(this, ({ regionRelationships }) => ({
      regionRelationships: [
        ...regionRelationships.filter((each) => each.of !== of || each.region !== region),
        { of, region, maximumAudioBitRate: 'Wideband', maximumSessionBitRateForVideoCalls: kbps },
      ],
    }))
  },
)

/** Of a row that is there; in the words of the page. */
Given(
  'the Maximum Audio Bit Rate of the regions {string} and {string} is {int} kbps',
  function (this: LabWorld, of: string, region: string, kbps: number) {
    const maximumAudioBitRate = kbps === 64 ? '64 kbps (G.722, G.711)' : `${kbps} kbps`
    planRegions(this, ({ regionRelationships }) => ({
      regionRelationships: regionRelationships.map((each) =>
        each.of === of && each.region === region ? { ...each, maximumAudioBitRate } : each,
      ),
    }))
  },
)

/** By a device pool of its own. */
Given('the device of {user} is in the region {string}', function (this: LabWorld, user: string, region: string) {
  planRegions(this, ({ devicePools = [{ devicePoolName: 'Default' }], devices }) => ({
    devicePools: [...devicePools, { devicePoolName: user, region }],
    devices: devices.map((device) => (device.owner === user ? { ...device, devicePool: user } : device)),
  }))
})

const isInvite = ({ to, summary }: TimelineMessage, user: string) => to === user && summary.startsWith('INVITE ')
const isAnswer = ({ to, summary }: TimelineMessage, user: string) => to === user && summary === '200 OK (INVITE)'

/** Session and video lines of a description: the rate of the whole call, and whether video is taken. */
function videoCallIn({ bytes }: TimelineMessage): { readonly hasVideo: boolean; readonly kbps: number } {
  const text = bytes.toString('utf8')
  return {
    hasVideo: /^m=video [1-9]/m.test(text),
    kbps: Number(/^b=AS:(\d+)/m.exec(text)?.[1] ?? NaN),
  }
}

/** As the called party was offered it, and as the calling one got the answer. */
Then(
  'the video call of {user} to {user} may use {int} kbps',
  async function (this: LabWorld, caller: string, callee: string, kbps: number) {
    const offer = await seen(this, `INVITE at ${callee}`, (message) => isInvite(message, callee))
    const answer = await seen(this, `answer at ${caller}`, (message) => isAnswer(message, caller))
    for (const [what, message] of [
      ['the offer', offer],
      ['the answer', answer],
    ] as const) {
      const found = videoCallIn(message)
      if (!found.hasVideo || found.kbps !== kbps) throw new Mismatch(what, `video, ${kbps} kbps`, found)
    }
  },
)
