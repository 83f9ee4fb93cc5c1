import { X509Certificate } from 'node:crypto'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import { domainInSubjectAltName } from '#simulators/protocol/endpoint/certificate-rule.ts'
import type { ClockReport } from '#simulators/protocol/endpoint/clock-synchronisation.ts'
import { synchroniseClock } from '#simulators/protocol/endpoint/clock-synchronisation.ts'
import { CookieJar } from '#simulators/protocol/endpoint/cookie-jar.ts'
import { openJsSipLine } from '#simulators/protocol/endpoint/jssip/line.ts'
import { PhoneService } from '#simulators/protocol/endpoint/phone-service.ts'
import { dialSip } from '#simulators/protocol/endpoint/sip-dial.ts'
import type { RegistrationPlace } from '#simulators/protocol/endpoint/register-where-served.ts'
import { registerWhereServed } from '#simulators/protocol/endpoint/register-where-served.ts'
import { Recovery } from '#simulators/protocol/endpoint/recovery.ts'
import { SignInStages, StageFailed, stageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { SignInReport, StageReport } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { LineOptions, SipOutcome, TelephoneLine } from '#simulators/protocol/endpoint/telephone-line.ts'
import { trustingNetwork } from '#simulators/protocol/endpoint/trusting-network.ts'
import { WebClient } from '#simulators/protocol/endpoint/web-client.ts'
import { cameraOf } from '#simulators/protocol/endpoint/camera-settings.ts'
import { AudioStream } from '#simulators/protocol/media/audio-stream.ts'
import { AudioEngine } from './audio-engine/audio-engine.ts'
import type { EnrolmentReport } from './client-certificate.ts'
import { ClientCertificate } from './client-certificate.ts'
import type { TcUser } from './configuration.ts'
import { EndpointLog } from './endpoint-log.ts'
import type { Provisioned, Provisioning } from './provisioning.ts'
import { askEdgeConfiguration, provision, stageNames } from './provisioning.ts'
import { SipListener, sipListenPort } from './sip-listener.ts'
import { TrustedCas } from './trusted-cas.ts'

export type TcState = 'signed-in' | 'failed' | 'signed-out'

/** One simulated TC endpoint: provisioned through the edge, SIP over TLS, SRTP. */
export class TcEndpoint {
  readonly user: TcUser
  readonly phone: PhoneService
  readonly trustedCas: TrustedCas
  readonly audioEngine: AudioEngine
  readonly #environment: HostEnvironment
  readonly #web: WebClient
  readonly #jar: CookieJar
  readonly #log: EndpointLog
  readonly #listener: SipListener
  readonly #certificate: ClientCertificate
  readonly #recovery: Recovery
  #clock: ClockReport | undefined
  #enrolment: EnrolmentReport | undefined
  #mode: Pick<TcUser, 'provisioningMode' | 'externalManager'>
  #found: Provisioned | undefined
  #place: RegistrationPlace | undefined
  #password = ''
  #stages: readonly StageReport[] = []

  constructor(environment: HostEnvironment, user: TcUser) {
    this.trustedCas = new TrustedCas(user.preinstalledCas, environment.network.trust)
    this.#certificate = new ClientCertificate(environment.data)
    this.#mode = user
    const network = trustingNetwork(
      environment.network,
      () => this.trustedCas.certificates,
      () => this.#certificate.identity,
    )
    this.#environment = { ...environment, network }
    this.user = user
    this.phone = new PhoneService(environment.clocks, { mode: user.answer, toneHz: user.toneHz })
    this.audioEngine = new AudioEngine({
      clock: environment.clocks.monotonic,
      asked: user.audioEngine,
      module: user.sabotage.webrtcModule,
    })
    this.#web = new WebClient(network)
    this.#jar = new CookieJar(environment.clocks.wall)
    this.#log = new EndpointLog(environment.data)
    this.#listener = new SipListener(network, user.device)
    this.#recovery = new Recovery(environment.clocks.wall, () => this.#recover())
  }

  get state(): TcState {
    const { registration } = this.phone.status
    if (registration === 'registered') return 'signed-in'
    return this.#stages.length === 0 || registration === 'unregistered' ? 'signed-out' : 'failed'
  }

  get stages(): readonly StageReport[] {
    return this.#stages
  }

  /** How the clock was set after the last provisioning. */
  get clock(): ClockReport | undefined {
    return this.#clock
  }

  /** Who the client certificate says it is, and what became of the last order to get one. */
  get certificate(): { readonly subject: string | null; readonly enrolment: EnrolmentReport | undefined } {
    const { cert } = this.#certificate.identity ?? {}
    return { subject: cert === undefined ? null : new X509Certificate(cert).subject, enrolment: this.#enrolment }
  }

  /** xConfiguration Provisioning Mode and ExternalManager Address, for the next provisioning. */
  setProvisioning(mode: Pick<TcUser, 'provisioningMode' | 'externalManager'>): void {
    this.#mode = mode
  }

  get found(): Provisioned | undefined {
    return this.#found
  }

  async signIn(password: string, wanted?: readonly string[]): Promise<SignInReport<TcState>> {
    const unknown = wanted?.find((name) => !stageNames.includes(name))
    if (unknown !== undefined) throw new Error(`${unknown} is no stage; there are ${stageNames.join(', ')}`)
    await this.#recovery.stop()
    await this.phone.drop()
    this.#jar.clear()
    const { network, clocks, trace } = this.#environment
    const stages = new SignInStages(clocks.monotonic, wanted)
    const found = await provision(this.#provisioning(password), stages)
    this.#found = found
    this.#clock = found.file && (await synchroniseClock({ network, clocks }, found.file.ntpServers))
    await this.#enrol(found)
    if (found.file === undefined) stages.skip('register', 'no device file')
    else if (found.edge === undefined) stages.skip('register', 'this endpoint registers through an edge only')
    else await stages.run('register', () => this.#register(found, password))
    const error = stages.firstError
    this.#stages = stages.reports
    this.#log.provisioning(clocks.wall.now(), stages.reports)
    const { state } = this
    trace.note(`${this.user.id}: ${state}${error === undefined ? '' : ` (${error.token})`}`)
    return { state, stages: stages.reports, ...(error === undefined ? {} : { error }) }
  }

  async signOut(): Promise<void> {
    await this.#recovery.stop()
    await this.phone.stop()
  }

  /** Which Expressway peer each of its connections is to, by host name, and the Unified CM node that is the registrar. */
  get connections(): {
    readonly sip: string | undefined
    readonly node: string | undefined
    readonly http: string | undefined
  } {
    const { isConnected } = this.phone
    return {
      sip: isConnected ? this.#place?.server.host : undefined,
      node: isConnected ? this.#place?.node : undefined,
      http: this.#found?.edgeServers.http.order[0]?.host,
    }
  }

  async stop(): Promise<void> {
    await this.#recovery.stop()
    await this.#listener.stop()
    await this.phone.drop()
    await this.#web.close()
    await this.audioEngine.stop()
  }

  /** As the device file orders; the connections that are open keep what they have shown. */
  async #enrol({ file }: Provisioned): Promise<void> {
    if (file?.capf === undefined) return
    this.#enrolment = await this.#certificate.enrol(this.#environment.network, file.capf, this.user.device)
  }

  async #register(found: Provisioned, password: string): Promise<{ result: unknown; detail: string }> {
    const outcome = await this.#registerWhereServed(found, password)
    if (outcome.status !== 200) throw stageFailed('SIP_REGISTRATION_FAILED', outcome.reason, outcome.status)
    return { result: outcome, detail: `200 ${outcome.reason}, expires ${outcome.expires ?? 'unsaid'}` }
  }

  /** Over any of the edge's servers, at any of the device file's nodes. */
  async #registerWhereServed(found: Provisioned, password: string): Promise<SipOutcome> {
    const { sip } = found.edgeServers
    const places = sip.order.flatMap((server) => found.file!.nodes.map(({ name }) => ({ server, node: name })))
    const lose = () => this.#lose(found, password)
    const attempt = (place: RegistrationPlace) =>
      this.phone.start(
        (onLost) =>
          this.#openLine(found, password, place, () => {
            onLost()
            if (this.phone.status.registration !== 'lost') return
            sip.failed(place.server)
            lose()
          }),
        // Where there is no other place, the next keep-alive is the next try.
        () => void (places.length > 1 && lose()),
      )
    const { outcome, place } = await registerWhereServed(places, attempt, (server) => sip.failed(server))
    this.#place = place
    return outcome
  }

  /** The phone is gone without our doing: a new sign-in has other findings. */
  #lose(found: Provisioned, password: string): void {
    if (this.#found !== found) return
    this.#password = password
    this.#environment.trace.note(`${this.user.id}: phone lost`)
    this.#recovery.begin()
  }

  /** One try to register again, with a new edge configuration; wrong credentials are not sent a second time. */
  async #recover(): Promise<boolean> {
    const found = this.#found
    if (found?.file === undefined || found.targets === undefined) return true
    // A call over the old connection is not given up for a registration.
    if (this.phone.isConnected && this.phone.calls.live.length > 0) return false
    try {
      const edge = await askEdgeConfiguration(this.#provisioning(this.#password), found.targets)
      found.edge = edge
      found.edgeServers.offer(edge)
      const { status } = await this.#registerWhereServed(found, this.#password)
      if (status === 200) this.#environment.trace.note(`${this.user.id}: registered again`)
      return status === 200
    } catch (error) {
      return error instanceof StageFailed && error.problem.status === 401
    }
  }

  #provisioning(password: string): Provisioning {
    const { network, seeded: random } = this.#environment
    return { network, web: this.#web, jar: this.#jar, user: { ...this.user, ...this.#mode }, password, random }
  }

  async #openLine(
    found: Provisioned,
    password: string,
    place: RegistrationPlace,
    onLost: () => void,
  ): Promise<TelephoneLine> {
    const { network } = this.#environment
    const { user } = this
    const connection = await dialSip(network, [place.server], () => domainInSubjectAltName(user.domain))
    const options = this.#lineOptions(found, password, place.node, onLost)
    if (user.sipListenPort === 'On') await this.#listener.open((incoming) => this.#takeCall(incoming, options))
    return openJsSipLine(network, connection, options)
  }

  /** Somebody connects to the endpoint's own port: while its line is up there is no use for that. */
  #takeCall(incoming: Connection, options: LineOptions): void {
    const open = (onLost: () => void) => openJsSipLine(this.#environment.network, incoming, { ...options, onLost })
    this.phone.takeOver(open).catch(() => incoming.destroy())
  }

  #lineOptions({ file, edge }: Provisioned, password: string, node: string, onLost: () => void): LineOptions {
    const { network } = this.#environment
    const { user, phone } = this
    const line = file!.lines.find(({ number }) => number === user.line) ?? file!.lines[0]!
    return {
      number: line.number,
      displayName: user.displayName ?? line.displayName,
      node,
      userId: user.id,
      password,
      route: edge!.configuration.sipRoute,
      userAgent: `TANDBERG/522 (TC${user.release}.b9e5a2c)`,
      contactUser: line.contact.replace(/[{}]/g, '') || network.random.uuid(),
      ...(user.sipListenPort === 'On' ? { contactPort: sipListenPort } : {}),
      contactParameters: [
        `+sip.instance="<urn:uuid:00000000-0000-0000-0000-${user.device.slice(3).toLowerCase()}>"`,
        `+u.sip!devicename.ccm.cisco.com="${user.device}"`,
        `+u.sip!model.ccm.cisco.com="${user.model}"`,
        'video',
      ],
      registerHeaders: [`Supported: ${supported}`],
      firstRegister: undefined,
      openAudio: (toneHz) => this.#openAudio(toneHz),
      isSecure: true,
      asksForTls: file!.securityMode !== 1,
      calls: phone.calls,
      rules: phone.rules,
      onLost,
    }
  }

  async #openAudio(toneHz: number): Promise<AudioStream> {
    const { user } = this
    const { srtpKeyBit, offer } = user.sabotage
    return AudioStream.open({
      network: this.#environment.network,
      isSecure: true,
      toneHz,
      origin: 'tandberg',
      sessionName: '-',
      ports: user.mediaPorts,
      ...cameraOf(user),
      hasWrongKeyBit: srtpKeyBit,
      openEngine: (options) => this.audioEngine.openLine(options),
      ...(offer === 'dtls' ? { foreignOffer: await this.audioEngine.dtlsOffer() } : {}),
    })
  }
}

/** Wire facts §6.1; `gruu`, `path` and `outbound` are said by the library. */
const supported =
  'replaces,timer,X-cisco-serviceuri,X-cisco-callinfo,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-sis-6.0.0,norefersub,extended-refer'
