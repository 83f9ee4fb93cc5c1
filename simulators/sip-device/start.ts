import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'
import type { Host, HostEnvironment } from '#runtime/host.ts'
import { service } from '#runtime/service.ts'
import { waitFor } from '#runtime/wait.ts'
import { callManagement } from '#simulators/protocol/endpoint/call-management.ts'
import type { AnswerRules } from '#simulators/protocol/endpoint/telephone-line.ts'
import { mediaChange, sipDeviceUser } from './configuration.ts'
import { SipDevice } from './device.ts'

/** Starts one SIP device in its host environment; it neither listens nor registers until it is told to sign in. */
export async function startSipDevice(environment: HostEnvironment, configuration: unknown): Promise<Host> {
  const device: SipDevice = new SipDevice(environment, readConfiguration('sip-device', sipDeviceUser, configuration))
  const calling = callManagement({ calls: device.calls, rules: device.rules, line: () => device.line() })
  return {
    ...service(environment.name, () => device.stop()),
    management: {
      ...calling,
      async setAnswer({ mode }: { mode: AnswerRules['mode'] }) {
        if (mode === 'crossing') throw new Error('a SIP device does not answer across a CANCEL')
        await calling.setAnswer({ mode })
      },
      async update({ callId }: { callId?: string }) {
        return device.line().update(device.calls.find(callId))
      },
      async signIn({ stages }: { stages?: string[] }) {
        return device.signIn(stages)
      },
      async signOut() {
        await device.signOut()
      },
      async reRegister() {
        return device.reRegister()
      },
      async state() {
        return device.report
      },
      /** `media`, `encryption`, `furtherStreams` and `lateOffer` of the calls to come. */
      async setMedia(parameters: { user?: string }) {
        const { user: _user, ...change } = parameters
        device.changeMedia(readConfiguration('media', mediaChange, change))
      },
      /** Requests that reached the device; of one method where it is given. */
      async requests({ method }: { method?: string }) {
        return device.history.of(method)
      },
      async publish(parameters: { basic: 'open' | 'closed'; note?: string }) {
        const { basic, note } = readConfiguration('presence', published, parameters)
        return device.publish({ basic, ...(note === undefined ? {} : { note }) })
      },
      async unpublish() {
        return device.unpublish()
      },
      async subscribe({ to }: { to: string }) {
        return device.subscribe(to)
      },
      async unsubscribe({ to }: { to: string }) {
        return device.unsubscribe(to)
      },
      /** NOTIFYs of its subscriptions, the newest last. */
      async notifications() {
        return device.notifications
      },
      /** The first NOTIFY about `of` that says so, from the `after`-th on. */
      async waitNotification({ of, basic, after = 0, limitMs = 5_000 }: AwaitedNotification) {
        const isIt = (each: { of: string; presence?: { basic: string } }) =>
          each.of.endsWith(of) && (basic === undefined || each.presence?.basic === basic)
        return waitFor(`a NOTIFY about ${of}`, () => device.notifications.slice(after).find(isIt), {
          limitMs,
          lastSeen: () => device.notifications,
          clock: environment.clocks.monotonic,
        })
      },
    },
  }
}

const published = v.looseObject({ basic: v.picklist(['open', 'closed']), note: v.optional(v.string()) })

interface AwaitedNotification {
  readonly of: string
  readonly basic?: 'open' | 'closed'
  readonly after?: number
  readonly limitMs?: number
}
