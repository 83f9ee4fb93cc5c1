import type { HostEnvironment } from '#runtime/host.ts'
import type { DeviceFile } from '#simulators/protocol/endpoint/device-file.ts'
import { readDeviceFile } from '#simulators/protocol/endpoint/device-file.ts'
import { openJsSipLine } from '#simulators/protocol/endpoint/jssip/line.ts'
import { PhoneService } from '#simulators/protocol/endpoint/phone-service.ts'
import { dialSip } from '#simulators/protocol/endpoint/sip-dial.ts'
import { firstAnswering } from '#simulators/protocol/endpoint/first-answering.ts'
import { Recovery } from '#simulators/protocol/endpoint/recovery.ts'
import type { RegistrationPlace } from '#simulators/protocol/endpoint/register-where-served.ts'
import { registerWhereServed } from '#simulators/protocol/endpoint/register-where-served.ts'
import { SignInStages, stageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { SignInReport, StageReport } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { SipOutcome, TelephoneLine } from '#simulators/protocol/endpoint/telephone-line.ts'
import { WebClient } from '#simulators/protocol/endpoint/web-client.ts'
import { AudioStream } from '#simulators/protocol/media/audio-stream.ts'
import type { PhoneUser } from './configuration.ts'

export type PhoneState = 'signed-in' | 'failed' | 'signed-out'

/** One simulated desk phone: its file from port 6970, SIP over TCP, plain RTP. */
export class DeskPhone {
  readonly user: PhoneUser
  readonly phone: PhoneService
  readonly #environment: HostEnvironment
  readonly #web: WebClient
  readonly #recovery: Recovery
  #file: DeviceFile | undefined
  #node: string | undefined
  #stages: readonly StageReport[] = []

  constructor(environment: HostEnvironment, user: PhoneUser) {
    this.#environment = environment
    this.user = user
    this.phone = new PhoneService(environment.clocks, { mode: user.answer, toneHz: user.toneHz })
    this.#web = new WebClient(environment.network)
    this.#recovery = new Recovery(environment.clocks.wall, () => this.#recover())
  }

  get state(): PhoneState {
    const { registration } = this.phone.status
    if (registration === 'registered') return 'signed-in'
    return this.#stages.length === 0 || registration === 'unregistered' ? 'signed-out' : 'failed'
  }

  get stages(): readonly StageReport[] {
    return this.#stages
  }

  async signIn(wanted?: readonly string[]): Promise<SignInReport<PhoneState>> {
    await this.#recovery.stop()
    await this.phone.drop()
    const stages = new SignInStages(this.#environment.clocks.monotonic, wanted)
    const hosts = await stages.run('tftp-server', () => this.#findTftpServers())
    if (hosts === undefined) stages.skip('configuration-files', 'no TFTP server')
    else this.#file = await stages.run('configuration-files', () => this.#fetchFile(hosts))
    const file = this.#file
    if (file === undefined) stages.skip('register', 'no device file')
    else await stages.run('register', () => this.#register(file))
    const error = stages.firstError
    this.#stages = stages.reports
    const { state } = this
    this.#environment.trace.note(`${this.user.id}: ${state}${error === undefined ? '' : ` (${error.token})`}`)
    return { state, stages: stages.reports, ...(error === undefined ? {} : { error }) }
  }

  async signOut(): Promise<void> {
    await this.#recovery.stop()
    await this.phone.stop()
  }

  /** The Unified CM node that is its registrar. */
  get connections(): { readonly node: string | undefined } {
    return { node: this.phone.isConnected ? this.#node : undefined }
  }

  async stop(): Promise<void> {
    await this.#recovery.stop()
    await this.phone.drop()
    await this.#web.close()
  }

  async #findTftpServers(): Promise<{ result: string[]; detail: string }> {
    const { domain, tftpServer } = this.user
    const targets =
      tftpServer === undefined ? await this.#environment.network.resolver.services(`_cisco-uds._tcp.${domain}`) : []
    const result = tftpServer === undefined ? targets.map(({ name }) => name) : [tftpServer]
    if (result.length === 0) throw stageFailed('TFTP_SERVER_UNKNOWN', `no _cisco-uds record in ${domain}`)
    return { result, detail: result.join(', ') }
  }

  async #fetchFile(hosts: readonly string[]): Promise<{ result: DeviceFile; detail: string }> {
    const target = `/${this.user.device}.cnf.xml`
    const servers = hosts.map((host) => ({ host, port: 6970 }))
    return firstAnswering(servers, async (server) => {
      const answer = await this.#web.send({ scheme: 'http', ...server }, { target, headers: { accept: '*/*' } })
      if (answer.status !== 200) throw stageFailed('TFTP_FILE_NOT_FOUND', `${target}: ${answer.reason}`, answer.status)
      return { result: readDeviceFile(answer.body.toString('utf8')), detail: `${target} from ${server.host}` }
    })
  }

  async #register(file: DeviceFile): Promise<{ result: unknown; detail: string }> {
    const outcome = await this.#registerWhereServed(file)
    if (outcome.status !== 200) throw stageFailed('SIP_REGISTRATION_FAILED', outcome.reason, outcome.status)
    return { result: outcome, detail: `200 ${outcome.reason}, expires ${outcome.expires ?? 'unsaid'}` }
  }

  /** At the first node of its file that answers. */
  async #registerWhereServed(file: DeviceFile): Promise<SipOutcome> {
    const places = file.nodes.map(({ name, sipPort }) => ({ server: { host: name, port: sipPort }, node: name }))
    const lose = () => this.#recovery.begin()
    const attempt = (place: RegistrationPlace) =>
      this.phone.start(
        (onLost) =>
          this.#openLine(file, place, () => {
            onLost()
            if (this.phone.status.registration === 'lost') lose()
          }),
        // Where there is no other place, the next keep-alive is the next try.
        () => void (places.length > 1 && lose()),
      )
    const { outcome, place } = await registerWhereServed(places, attempt)
    this.#node = place.node
    return outcome
  }

  /** One try to register again; a call over the old connection is not given up for it. */
  async #recover(): Promise<boolean> {
    if (this.#file === undefined) return true
    if (this.phone.isConnected && this.phone.calls.live.length > 0) return false
    const outcome = await this.#registerWhereServed(this.#file).catch(() => undefined)
    return outcome?.status === 200
  }

  async #openLine(file: DeviceFile, { server, node }: RegistrationPlace, onLost: () => void): Promise<TelephoneLine> {
    const { network } = this.#environment
    const { user, phone } = this
    const connection = await dialSip(network, [server])
    const line = file.lines.find(({ number }) => number === user.line) ?? file.lines[0]!
    return openJsSipLine(network, connection, {
      number: line.number,
      displayName: user.displayName ?? line.displayName,
      node,
      userId: user.id,
      password: user.password,
      route: undefined,
      userAgent: 'Cisco-CP7942G/9.3.1',
      contactUser: line.contact.replace(/[{}]/g, '') || network.random.uuid(),
      contactParameters: [
        `+sip.instance="<urn:uuid:00000000-0000-0000-0000-${user.device.slice(3).toLowerCase()}>"`,
        `+u.sip!devicename.ccm.cisco.com="${user.device}"`,
        `+u.sip!model.ccm.cisco.com="${user.model}"`,
      ],
      registerHeaders: [],
      firstRegister: undefined,
      openAudio: (toneHz) =>
        AudioStream.open({
          network,
          isSecure: false,
          toneHz,
          origin: 'Cisco-SIPUA',
          sessionName: 'SIP Call',
          ports: user.mediaPorts,
        }),
      isSecure: false,
      calls: phone.calls,
      rules: phone.rules,
      onLost,
    })
  }
}
