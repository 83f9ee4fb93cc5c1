import type { HostEnvironment } from '#runtime/host.ts'
import type { Listener } from '#runtime/network.ts'
import { CallBook } from '#simulators/protocol/endpoint/calls.ts'
import type { SignInReport, StageReport } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import { SignInStages, stageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { AnswerRules, SipOutcome } from '#simulators/protocol/endpoint/telephone-line.ts'
import { SipAgent } from '#simulators/protocol/sip/agent.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import { parseUri, uriUser } from '#simulators/protocol/sip/uri.ts'
import type { MediaChange, MediaSettings, SipDeviceUser } from './configuration.ts'
import type { Credentials } from './credentials.ts'
import { allowed } from './device-call.ts'
import { RequestHistory } from './history.ts'
import { DeviceLine } from './line.ts'
import type { Presence } from './pidf.ts'
import { Publication } from './publication.ts'
import { Registration } from './registration.ts'
import { RequestSeries } from './requests.ts'
import { Routes } from './routes.ts'
import type { Notification } from './subscription.ts'
import { Subscription } from './subscription.ts'

export type DeviceState = 'signed-in' | 'failed' | 'signed-out'

/** One SIP device: its listeners, its registration where it has one, its calls and its presence. */
export class SipDevice {
  readonly user: SipDeviceUser
  readonly calls: CallBook
  readonly rules: AnswerRules
  readonly history: RequestHistory
  readonly #environment: HostEnvironment
  readonly #aor: string
  readonly #agent: SipAgent
  readonly #routes: Routes
  readonly #registration: Registration | undefined
  readonly #publication: Publication
  #media: MediaSettings
  #line: DeviceLine
  #subscriptions: Subscription[] = []
  #listeners: Listener[] = []
  #stages: readonly StageReport[] = []
  #isUp = false

  constructor(environment: HostEnvironment, user: SipDeviceUser) {
    const { clocks, network, random } = environment
    this.#environment = environment
    this.user = user
    this.calls = new CallBook(clocks)
    this.rules = { mode: user.answer, toneHz: user.toneHz }
    this.history = new RequestHistory(clocks.wall)
    const { media, encryption, furtherStreams, camera, lateOffer } = user
    this.#media = { media, encryption, furtherStreams, camera, lateOffer }
    this.#aor = `sip:${user.line ?? `${user.id}@${user.domain}`}`
    this.#agent = new SipAgent({
      network,
      clock: clocks.monotonic,
      random,
      limits: { maxMessageBytes: 65_536 },
      ports: { tcp: user.listen.tcp, tls: user.listen.tls },
      user: {
        onRequest: (request, transaction) => this.#request(request, transaction),
        onDialogRequest: (request, transaction) => this.#dialogRequest(request, transaction),
        onLinkClosed: (link) => this.#linkClosed(link),
      },
      ...(environment.identity === undefined ? {} : { identity: environment.identity }),
    })
    this.#routes = new Routes(this.#agent, network.resolver, user)
    this.#registration = user.registrar === undefined ? undefined : this.#openRegistration(user.registrar.host)
    this.#publication = new Publication({
      series: this.#series(),
      clock: clocks.wall,
      link: () => this.#routes.to(this.#aor),
      aor: this.#aor,
      expires: user.expires,
    })
    this.#line = this.#openLine()
  }

  get state(): DeviceState {
    if (!this.#isUp) return this.#stages.length === 0 ? 'signed-out' : 'failed'
    return this.#registration === undefined || this.#registration.status.state === 'registered' ? 'signed-in' : 'failed'
  }

  /** Everything a test may want to know of it. */
  get report(): object {
    return {
      state: this.state,
      aor: this.#aor,
      device: this.user.device,
      listening: this.#listeners.map(({ local }) => local),
      registration: this.#registration?.status,
      presence: this.#publication.presence,
      subscriptions: this.#subscriptions.map(({ to, isActive }) => ({ to, isActive })),
      liveCalls: this.calls.live.length,
      media: this.#media,
      stages: this.#stages,
    }
  }

  /** Of the calls to come. */
  changeMedia(change: MediaChange): void {
    this.#media = { ...this.#media, ...change }
  }

  /** Opens its listeners, then registers where it has a registrar. */
  async signIn(wanted?: readonly string[]): Promise<SignInReport<DeviceState>> {
    await this.#drop()
    const stages = new SignInStages(this.#environment.clocks.monotonic, wanted)
    this.#line = this.#openLine()
    const isListening = await stages.run('listen', () => this.#listen())
    this.#isUp = isListening === true
    if (!this.#isUp) stages.skip('register', 'it does not listen')
    else if (this.#registration === undefined) stages.skip('register', 'it has no registrar')
    else await stages.run('register', () => this.#register())
    const error = stages.firstError
    this.#stages = stages.reports
    const { state } = this
    this.#environment.trace.note(`${this.user.id}: ${state}${error === undefined ? '' : ` (${error.token})`}`)
    return { state, stages: stages.reports, ...(error === undefined ? {} : { error }) }
  }

  /** Says goodbye wherever it is known, and listens no more. */
  async signOut(): Promise<void> {
    if (this.#isUp) {
      await Promise.all(this.#subscriptions.map((subscription) => subscription.end().catch(() => {})))
      await this.#publication.remove().catch(() => {})
      await this.#registration?.unregister()
    }
    await this.#drop()
    this.#stages = []
  }

  /** Throws where it is not signed in. */
  line(): DeviceLine {
    if (!this.#isUp) throw new Error(`${this.user.id} is not signed in`)
    return this.#line
  }

  async reRegister(): Promise<SipOutcome> {
    if (this.#registration === undefined) throw new Error(`${this.user.id} has no registrar`)
    return this.#registration.register()
  }

  publish(presence: Presence): Promise<SipOutcome> {
    return this.#publication.publish(presence)
  }

  async unpublish(): Promise<SipOutcome | undefined> {
    return this.#publication.remove()
  }

  /** `to`: an address with or without scheme. */
  async subscribe(to: string): Promise<SipOutcome> {
    const target = /^sips?:/i.test(to) ? to : `sip:${to}`
    const subscription = new Subscription({
      series: this.#series(),
      clock: this.#environment.clocks.wall,
      link: () => this.#routes.to(target),
      contact: (link) => this.#contact(link),
      to: target,
      expires: this.user.expires,
    })
    this.#subscriptions = [...this.#subscriptions.filter(({ isActive }) => isActive), subscription].slice(-mostKept)
    return subscription.subscribe()
  }

  async unsubscribe(to: string): Promise<SipOutcome | undefined> {
    return this.#subscriptions.findLast((each) => each.to.endsWith(to) && each.isActive)?.end()
  }

  get notifications(): readonly Notification[] {
    return this.#subscriptions.flatMap(({ notifications }) => notifications)
  }

  async stop(): Promise<void> {
    await this.#drop()
    this.#agent.stop()
  }

  #openRegistration(host: string): Registration {
    return new Registration({
      series: this.#series(),
      clock: this.#environment.clocks.wall,
      link: () => this.#routes.toRegistrar(),
      contact: (link) => this.#contact(link),
      registrarUri: `sip:${this.#aor.split('@')[1] ?? host}`,
      aor: this.#aor,
      expires: this.user.expires,
    })
  }

  #openLine(): DeviceLine {
    const { network } = this.#environment
    return new DeviceLine({
      network,
      agent: this.#agent,
      routes: this.#routes,
      user: this.user,
      aor: this.#aor,
      credentials: this.#credentials,
      contact: (link) => this.#contact(link),
      calls: this.calls,
      rules: this.rules,
      settings: () => this.#media,
      register: () => this.reRegister(),
    })
  }

  get #credentials(): Credentials {
    return { user: this.user.id, password: this.user.password, random: this.#environment.random }
  }

  #series(): RequestSeries {
    const { address } = this.#environment
    return new RequestSeries({ agent: this.#agent, credentials: this.#credentials, aor: this.#aor, host: address })
  }

  /** Where it is reached over the transport of a connection. */
  #contact(link: SipLink): string {
    const { host, port } = this.#agent.contactOf(link)
    return `${this.#aor.split('@')[0]}@${host}:${port};transport=${link.transport.toLowerCase()}`
  }

  async #listen(): Promise<{ result: boolean; detail: string }> {
    const { network, identity } = this.#environment
    const { tcp, tls } = this.user.listen
    const shared = {
      protocol: 'SIP',
      onConnection: (connection: Parameters<SipAgent['take']>[0]) => void this.#agent.take(connection),
    }
    if (tcp !== undefined) this.#listeners.push(await network.listenTcp({ ...shared, port: tcp }))
    if (tls !== undefined) {
      if (identity === undefined) throw stageFailed('NO_CERTIFICATE', 'a TLS listener needs a certificate')
      this.#listeners.push(await network.listenTls({ ...shared, port: tls, tls: { identity } }))
    }
    const ports = this.#listeners.map(({ local }) => `${local.address}:${local.port}`)
    return { result: true, detail: ports.join(', ') || 'nowhere' }
  }

  async #register(): Promise<{ result: unknown; detail: string }> {
    const { status, reason, expires } = await this.#registration!.register()
    if (status !== 200) throw stageFailed('SIP_REGISTRATION_FAILED', reason, status)
    return { result: true, detail: `200 ${reason}, expires ${expires ?? 'unsaid'}` }
  }

  /** Lets go of everything without a word. */
  async #drop(): Promise<void> {
    this.#isUp = false
    await this.#line.close()
    this.#registration?.stop()
    this.#publication.stop()
    for (const subscription of this.#subscriptions) subscription.stop()
    const listeners = this.#listeners
    this.#listeners = []
    await Promise.all(listeners.map((listener) => listener.stop()))
    this.#agent.closeLinks()
  }

  #linkClosed(link: SipLink): void {
    this.#registration?.linkClosed(link)
    this.#line.linkClosed(link)
  }

  #request(request: SipRequest, transaction: ServerTransaction): void {
    this.history.take(request)
    switch (request.method) {
      case 'INVITE':
        if (!this.#isMine(request.uri)) return void transaction.respond({ status: 404 })
        return this.#line.incoming(transaction)
      case 'OPTIONS':
      case 'MESSAGE':
      case 'NOTIFY':
        return void transaction.respond({ status: 200, extra: [['Allow', allowed]] })
      case 'SUBSCRIBE':
      case 'PUBLISH':
        return void transaction.respond({ status: 489 })
      default:
        return void transaction.respond({ status: 405, extra: [['Allow', allowed]] })
    }
  }

  #dialogRequest(request: SipRequest, transaction: ServerTransaction): void {
    this.history.take(request)
    const subscription = this.#subscriptions.find((each) => each.owns(request))
    if (subscription === undefined) transaction.respond({ status: 481 })
    else subscription.take(request, transaction)
  }

  #isMine(text: string): boolean {
    if (this.user.answersFor === 'any') return true
    const [called, own] = [parseUri(text), parseUri(this.#aor)]
    return called !== undefined && uriUser(called)?.toLowerCase() === uriUser(own!)?.toLowerCase()
  }
}

/** Subscriptions, ended ones included. */
const mostKept = 200
