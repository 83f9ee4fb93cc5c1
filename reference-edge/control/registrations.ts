import type { LimitAlarms } from '../alarms/limit-alarms.ts'
import type { RunningDeviceServices } from '../registrar/start-device-services.ts'
import { startDeviceServices } from '../registrar/start-device-services.ts'
import type { ApplicationFacts } from '../system/applications.ts'
import type { ControlSettings } from './control-settings.ts'
import { RegistrationTable } from './registration-table.ts'
import type { OwnSipNames } from './sip-peer.ts'
import type { SipSide } from './sip-side.ts'

export interface RegistrationsOptions extends Pick<ApplicationFacts, 'environment' | 'onFailure'> {
  readonly own: OwnSipNames
  readonly sip: SipSide
  readonly settings: ControlSettings
  /** Of both kinds together. */
  readonly limit: number
  readonly limitAlarms: LimitAlarms
}

/** Both kinds of registrations of a VCS Control, which share one limit: proxied to Unified CM, and its own devices'. */
export class Registrations implements AsyncDisposable {
  readonly proxied: RegistrationTable
  readonly devices: RunningDeviceServices

  constructor({ environment, own, sip, settings, limit, limitAlarms, onFailure }: RegistrationsOptions) {
    const log = environment.log.child('tvcs')
    const judge = (wasRefused: boolean) => limitAlarms.judge('registrations', { current: this.size, limit }, wasRefused)
    this.proxied = new RegistrationTable({
      clock: environment.clocks.wall,
      limit,
      onUsage: (_, wasRefused) => judge(wasRefused),
      others: () => this.devices.registrar.size,
      onExpired: ({ aor, contact }) =>
        log.info('Registration Removed', { AOR: aor, Contact: contact, Reason: 'Expired' }),
    })
    this.devices = startDeviceServices({
      environment,
      own,
      sip,
      settings,
      onFull: (isFull) => judge(isFull),
      onFailure,
      limit,
      proxied: () => this.proxied.size,
    })
  }

  get size(): number {
    return this.proxied.size + this.devices.registrar.size
  }

  usage() {
    return { registrations: this.proxied.usage(), ownRegistrations: this.devices.registrar.size }
  }

  status() {
    return {
      registrations: this.proxied.list().map(({ node, by, expiresAt, ...registration }) => ({
        ...registration,
        expires: expiresAt.toISOString(),
        zone: node.zoneName,
        /** Peer of the traversal zone that it came by. */
        expressway: by.peerAddress ?? by.zoneName,
      })),
      localRegistrations: this.devices.registrar.status(),
      presence: this.devices.presence.status(),
    }
  }

  clear(): void {
    this.proxied.clear()
    this.devices.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.devices[Symbol.asyncDispose]()
    this.proxied.clear()
  }
}
