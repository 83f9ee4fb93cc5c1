import type { HostEnvironment } from '#runtime/host.ts'
import type { AuthenticationPolicy } from '../control/authentication-policy.ts'
import { strangerIdleMs } from '../control/sip-listeners.ts'
import type { OwnSipNames } from '../control/sip-peer.ts'
import type { SipSide } from '../control/sip-side.ts'
import type { ReportFailure } from '../protection/failure-category.ts'
import { NonceBook } from '../protocol/sip/nonce.ts'
import { DeviceAuthentication } from './device-authentication.ts'
import { DeviceServices } from './device-services.ts'
import { LocalRegistrar } from './local-registrar.ts'
import { PresenceServer } from './presence-server.ts'
import type { RegistrationPeriod } from './requested-bindings.ts'

/** The Control's pages as its device services want them, read anew whenever they ask. */
export interface DeviceSettings {
  readonly isInMaintenance: boolean
  /** "SIP registrations and provisioning on VCS" of a domain; undefined where there is no such domain. */
  deviceService(domain: string): 'On' | 'Off' | undefined
  registrationPeriod(): RegistrationPeriod
  /** Of the Default Subzone. */
  devicePolicy(): AuthenticationPolicy
  /** Of a name in the local authentication database. */
  devicePassword(name: string): string | undefined
}

export interface DeviceServicesFacts {
  readonly environment: HostEnvironment
  readonly own: OwnSipNames
  readonly sip: SipSide
  readonly settings: DeviceSettings
  /** A registration was refused since there was no room, or there is room again. */
  readonly onFull: (isFull: boolean) => void
  readonly onFailure: ReportFailure
  /** Registrations that this VCS may have, those to Unified CM among them; and how many of these there are. */
  readonly limit: number
  readonly proxied: () => number
}

export interface RunningDeviceServices extends AsyncDisposable {
  readonly registrar: LocalRegistrar
  readonly presence: PresenceServer
  readonly services: DeviceServices
  readonly authentication: DeviceAuthentication
  domainsChanged(): void
  clear(): void
}

/** Registrar and presence server of a VCS Control. */
export function startDeviceServices(facts: DeviceServicesFacts): RunningDeviceServices {
  const { environment, own, sip, settings, onFull, onFailure } = facts
  const { clocks, random } = environment
  const log = environment.log.child('tvcs')
  const isOwnDomain = (host: string) => settings.deviceService(host) === 'On'
  const isOpen = (flow: Parameters<SipSide['isOpen']>[0]) => sip.isOpen(flow)
  const authentication = new DeviceAuthentication({
    policy: () => settings.devicePolicy(),
    password: (name) => settings.devicePassword(name),
    realm: own.fqdn,
    nonces: new NonceBook(clocks.wall, random),
    onFailure: (request, flow) => {
      log.warn('Authentication Failed', {
        Service: 'SIP',
        Method: request.method,
        'Src-ip': flow.remote.address,
        'Src-port': flow.remote.port,
        'Src-alias': request.from?.uri,
      })
      onFailure({ category: 'sip-auth', source: flow.remote.address })
    },
  })
  const registrar = new LocalRegistrar({
    own,
    wall: clocks.wall,
    random,
    log,
    authentication,
    isOwnDomain,
    period: () => settings.registrationPeriod(),
    room: (): number => facts.limit - facts.proxied() - registrar.size,
    onFull,
    isInMaintenance: () => settings.isInMaintenance,
    isOpen,
    hold: (flow, isHeld) => sip.limitIdle(flow, isHeld ? undefined : strangerIdleMs),
  })
  const presence = new PresenceServer({ own, wall: clocks.wall, random, layer: sip.layer, registrar, isOpen })
  const serviceOf = (host: string) => settings.deviceService(host)
  const clear = () => {
    registrar.clear()
    presence.clear()
  }
  return {
    registrar,
    presence,
    services: new DeviceServices({ registrar, presence, authentication, random, log, serviceOf }),
    authentication,
    domainsChanged() {
      registrar.domainsChanged()
      presence.domainsChanged(isOwnDomain)
    },
    clear,
    async [Symbol.asyncDispose]() {
      clear()
    },
  }
}
