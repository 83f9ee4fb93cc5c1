import type { HostEnvironment } from '#runtime/host.ts'
import { CookieJar } from '#simulators/protocol/endpoint/cookie-jar.ts'
import type { ServerAddress } from '#simulators/protocol/endpoint/edge-configuration.ts'
import { EdgeServers } from '#simulators/protocol/endpoint/edge-servers.ts'
import type { EdgeSignInResult } from '#simulators/protocol/endpoint/edge-sign-in.ts'
import { fetchEdgeConfiguration } from '#simulators/protocol/endpoint/edge-sign-in.ts'
import { PhoneService } from '#simulators/protocol/endpoint/phone-service.ts'
import type { RegistrationPlace } from '#simulators/protocol/endpoint/register-where-served.ts'
import { registerWhereServed } from '#simulators/protocol/endpoint/register-where-served.ts'
import { Recovery } from '#simulators/protocol/endpoint/recovery.ts'
import type { ServiceAccess } from '#simulators/protocol/endpoint/service-access.ts'
import { SignInStages, StageFailed, stageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { SipOutcome } from '#simulators/protocol/endpoint/telephone-line.ts'
import type { SignInReport, StageReport } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import { trustingNetwork } from '#simulators/protocol/endpoint/trusting-network.ts'
import { WebClient } from '#simulators/protocol/endpoint/web-client.ts'
import { ClientLog } from './client-log.ts'
import type { JabberUser } from './configuration.ts'
import { connectIm } from './im-connection.ts'
import { Messaging } from './messaging.ts'
import type { CameraSettings } from '#simulators/protocol/endpoint/camera-settings.ts'
import { cameraOf } from '#simulators/protocol/endpoint/camera-settings.ts'
import { openLine, placesOf } from './phone-connection.ts'
import { edgeSignIn, findServices, logInToMessaging, stageNames } from './sign-in.ts'
import type { ProfileFolder } from './profile-folder.ts'
import { keepConfigurationFile, profileFolder } from './profile-folder.ts'
import type { SignedIn } from './signed-in.ts'
import { TrustStores } from './trust-stores.ts'

export type JabberState = 'signed-out' | 'signing-in' | 'signed-in' | 'partly-signed-in' | 'reconnecting' | 'failed'

/** Host names; undefined where there is no such connection. `node`: the Unified CM node that is the registrar. */
export interface ClientConnections {
  readonly sip: string | undefined
  readonly node: string | undefined
  readonly xmpp: string | undefined
  readonly http: string | undefined
}

/** One simulated Jabber. */
export class Jabber {
  readonly user: JabberUser
  /** Of the calls to come; a camera may be plugged in later. */
  camera: CameraSettings
  readonly environment: HostEnvironment
  readonly phone: PhoneService
  readonly messaging: Messaging
  readonly web: WebClient
  readonly jar: CookieJar
  readonly log: ClientLog
  readonly profile: ProfileFolder
  readonly trustStores: TrustStores
  readonly #instance: string
  readonly #recovery: Recovery
  /** What was there and is to come back. */
  readonly #lost = new Set<'im' | 'phone'>()
  #state: JabberState = 'signed-out'
  #found: SignedIn | undefined
  #stages: readonly StageReport[] = []
  #phonePlace: RegistrationPlace | undefined
  #imServer: ServerAddress | undefined

  constructor(environment: HostEnvironment, user: JabberUser) {
    const { clocks, random, data } = environment
    this.trustStores = new TrustStores(data, user.platform)
    this.trustStores.preinstall(environment.network.trust)
    const network = trustingNetwork(environment.network, () => this.trustStores.trusted())
    this.environment = { ...environment, network }
    this.user = user
    this.camera = cameraOf(user)
    this.phone = new PhoneService(clocks, { mode: user.answer, toneHz: user.toneHz })
    this.messaging = new Messaging(clocks.wall)
    this.web = new WebClient(network)
    this.jar = new CookieJar(clocks.wall)
    this.profile = profileFolder(data, user.platform)
    this.log = new ClientLog(this.profile.logs)
    this.#recovery = new Recovery(clocks.wall, () => this.#recover())
    // The device's address fills the last group; the rest is zero (wire facts §6.1).
    this.#instance = `00000000-0000-0000-0000-${random.hex(12)}`
  }

  get state(): JabberState {
    return this.#recovery.isUnderWay ? 'reconnecting' : this.#state
  }

  /** What the last sign-in found. */
  get found(): SignedIn | undefined {
    return this.#found
  }

  get stages(): readonly StageReport[] {
    return this.#stages
  }

  /** Way to the services inside; throws before a sign-in found one. */
  get access(): ServiceAccess {
    if (this.#found?.access === undefined) throw new Error(`${this.user.id} is not signed in`)
    return this.#found.access
  }

  /** Which server each of its connections is to, by host name; outside these are Expressway peers. */
  get connections(): ClientConnections {
    const { phone, messaging } = this
    const isOutside = this.#found?.edge !== undefined
    return {
      sip: phone.isConnected ? this.#phonePlace?.server.host : undefined,
      node: phone.isConnected ? this.#phonePlace?.node : undefined,
      xmpp: messaging.jid === undefined ? undefined : this.#imServer?.host,
      http: isOutside ? this.#found?.edgeServers.http.order[0]?.host : this.#found?.uds?.node.split(':')[0],
    }
  }

  async signIn(password: string, wanted?: readonly string[]): Promise<SignInReport<JabberState>> {
    const unknown = wanted?.find((name) => !stageNames.includes(name as (typeof stageNames)[number]))
    if (unknown !== undefined) throw new Error(`${unknown} is no stage; there are ${stageNames.join(', ')}`)
    await this.#forget()
    this.#state = 'signing-in'
    const stages = new SignInStages(this.environment.clocks.monotonic, wanted)
    const edgeServers = new EdgeServers(this.environment.seeded)
    const found: SignedIn = { password, authorization: basic(this.user.id, password), edgeServers }
    this.#found = found
    const { network } = this.environment
    const { web, jar, user } = this
    const keepFile = (url: string, body: Uint8Array) => keepConfigurationFile(this.profile, url, body)
    await findServices({ network, web, jar, user, keepFile }, stages, found)
    await logInToMessaging(this, stages, found)
    await this.#connectIm(stages, found)
    await this.#register(stages, found)
    const error = stages.firstError
    this.#stages = stages.reports
    this.#state = stateOf(stages)
    this.environment.trace.note(`${this.user.id}: ${this.#state}${error === undefined ? '' : ` (${error.token})`}`)
    return { state: this.#state, stages: stages.reports, ...(error === undefined ? {} : { error }) }
  }

  async signOut(): Promise<void> {
    await this.phone.stop()
    await this.#forget()
    this.environment.trace.note(`${this.user.id}: signed out`)
  }

  /** The keep-alive at once; on a new connection where the old one was lost. */
  async reRegister(): Promise<SipOutcome> {
    if (this.phone.isConnected) return this.phone.reRegister()
    if (this.#found?.files === undefined) throw new Error(`${this.user.id} has no device file`)
    return this.#openPhone(this.#found)
  }

  /** get_edge_config again, as after the cookie's end. */
  async renewEdgeConfiguration(): Promise<EdgeSignInResult> {
    const found = this.#found
    const { discovered, authorization } = found ?? {}
    if (found === undefined || discovered?.place !== 'outside' || authorization === undefined)
      throw new Error('the client is not outside')
    const targets = discovered.targets.map(({ name, port }) => ({ host: name, port }))
    const edge = await fetchEdgeConfiguration(edgeSignIn(this, { authorization, discovered }), targets)
    found.edge = edge
    found.edgeServers.offer(edge)
    return edge
  }

  async stop(): Promise<void> {
    await this.#forget()
    await this.web.close()
  }

  async #forget(): Promise<void> {
    this.#found = undefined
    this.#lost.clear()
    await this.#recovery.stop()
    await this.phone.drop()
    await this.messaging.stop()
    this.jar.clear()
    this.#state = 'signed-out'
  }

  /** Not by our own doing: a sign-out has forgotten `found` before. */
  #lose(what: 'im' | 'phone', found: SignedIn): void {
    if (this.#found !== found) return
    this.#lost.add(what)
    this.environment.trace.note(`${this.user.id}: ${what} lost`)
    this.#recovery.begin()
  }

  /** One try to bring back what was lost; true ends the tries. Wrong credentials are not sent a second time. */
  async #recover(): Promise<boolean> {
    const found = this.#found
    if (found === undefined) return true
    // The cloud does not stand behind the edge.
    if (found.isCloudCustomer === true && this.#lost.has('im') && (await this.#reconnectIm(found)))
      this.#lost.delete('im')
    if (this.#lost.size === 0 || this.#found !== found) return this.#recovered(found)
    try {
      if (found.discovered?.place === 'outside') await this.renewEdgeConfiguration()
    } catch (error) {
      return error instanceof StageFailed && error.problem.status === 401
    }
    if (this.#lost.has('phone') && (await this.#reopenPhone(found))) this.#lost.delete('phone')
    if (found.isCloudCustomer !== true && this.#lost.has('im') && (await this.#reconnectIm(found)))
      this.#lost.delete('im')
    return this.#recovered(found)
  }

  /** All is back, or nobody wants it any more. */
  #recovered(found: SignedIn): boolean {
    if (this.#lost.size === 0) this.environment.trace.note(`${this.user.id}: reconnected`)
    return this.#lost.size === 0 || this.#found !== found
  }

  /** A call over the old connection is not given up for a registration. */
  async #reopenPhone(found: SignedIn): Promise<boolean> {
    if (this.phone.isConnected && this.phone.calls.live.length > 0) return false
    try {
      return (await this.#openPhone(found)).status === 200
    } catch {
      return false
    }
  }

  /** A one-time password is good once: login comes before. */
  async #reconnectIm(found: SignedIn): Promise<boolean> {
    const stages = new SignInStages(this.environment.clocks.monotonic)
    await logInToMessaging(this, stages, found)
    await this.#connectIm(stages, found)
    return stages.firstError === undefined && this.messaging.jid !== undefined
  }

  async #connectIm(stages: SignInStages, found: SignedIn): Promise<void> {
    const { environment, user, messaging } = this
    if ((found.imLogin ?? found.cloudLogin) === undefined) return stages.skip('im-connect', 'no IM login')
    await stages.run('im-connect', async () => {
      const { session, server } = await connectIm(environment.network, user, found, {
        onStanza: (stanza) => messaging.take(stanza),
        onClosed: (why) => {
          messaging.ended(why)
          if (this.#imServer !== undefined) found.edgeServers.xmpp.failed(this.#imServer)
          this.#imServer = undefined
          this.#lose('im', found)
        },
        log: this.log,
      })
      this.#imServer = server
      await messaging.start(session)
      return { result: session.jid, detail: session.jid }
    })
  }

  async #register(stages: SignInStages, found: SignedIn): Promise<void> {
    if (found.files === undefined) return stages.skip('register', 'no device file')
    await stages.run('register', async () => {
      const outcome = await this.#openPhone(found)
      const { status, reason, expires } = outcome
      if (status !== 200) throw stageFailed('SIP_REGISTRATION_FAILED', reason, status)
      return { result: outcome, detail: `200 ${reason}, expires ${expires ?? 'unsaid'}` }
    })
  }

  async #openPhone(found: SignedIn): Promise<SipOutcome> {
    const { network } = this.environment
    const connection = {
      network,
      user: this.user,
      camera: () => this.camera,
      phone: this.phone,
      found,
      instance: this.#instance,
    }
    const { sip } = found.edgeServers
    const places = placesOf(found)
    const attempt = (place: RegistrationPlace) =>
      this.phone.start(
        (onLost) =>
          openLine(connection, place, () => {
            onLost()
            if (this.phone.status.registration !== 'lost') return
            sip.failed(place.server)
            this.#lose('phone', found)
          }),
        // Where there is no other place, the next keep-alive is the next try.
        () => void (places.length > 1 && this.#lose('phone', found)),
      )
    const { outcome, place } = await registerWhereServed(places, attempt, (server) => sip.failed(server))
    this.#phonePlace = place
    return outcome
  }
}

/** A sign-in counts when IM or phone came up, or as far as it was asked for; it is whole with a phone and no failure. */
function stateOf(stages: SignInStages): JabberState {
  const isOk = (name: string) => stages.reports.some((report) => report.name === name && report.outcome === 'ok')
  if (!isOk('im-connect') && !isOk('register')) return stages.firstError === undefined ? 'partly-signed-in' : 'failed'
  return stages.firstError === undefined && isOk('register') ? 'signed-in' : 'partly-signed-in'
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
