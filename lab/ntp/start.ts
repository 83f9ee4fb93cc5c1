import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'
import type { Host, HostEnvironment } from '#runtime/host.ts'
import type { Endpoint } from '#runtime/network.ts'
import type { NtpKey, NtpQuestion } from './packet.ts'
import { cryptoNak, judgeProof, prove, readQuestion, writeReply } from './packet.ts'

const ntpConfiguration = v.strictObject({
  stratum: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(15)), 2),
  /** Where this server has its time from: an IPv4 address, or up to four characters for a reference clock. */
  referenceId: v.optional(v.string(), '127.127.1.0'),
  keys: v.optional(
    v.array(
      v.strictObject({
        id: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
        type: v.picklist(['MD5', 'SHA1']),
        key: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
      }),
    ),
    [],
  ),
  /** Questions without a good proof get no time. */
  isAuthenticationRequired: v.optional(v.boolean(), false),
})
export type NtpConfiguration = v.InferOutput<typeof ntpConfiguration>

const ntpSwitches = v.strictObject({
  /** LI 3, stratum 16: it runs, but has no time itself. */
  isUnsynchronised: v.exactOptional(v.boolean()),
  isSilent: v.exactOptional(v.boolean()),
  /** How far its time is ahead of the lab's; negative: behind. */
  wrongBySeconds: v.exactOptional(v.number()),
  /** Answers with the kiss code RATE. */
  isRateLimited: v.exactOptional(v.boolean()),
})
/** What can be broken about it while it runs (management method `set`; what is left out stays). */
export type NtpSwitches = v.InferOutput<typeof ntpSwitches>

interface Asked {
  readonly at: string
  readonly from: string
  readonly version: number
  readonly keyId: number | null
  readonly answer: 'time' | 'authenticated time' | 'crypto-NAK' | 'RATE' | 'unsynchronised' | 'none'
}

/**
 * An NTP server (RFC 5905, UDP 123) whose time is its host's wall clock: the lab moves it like everybody's.
 * Management: `state`, `history` (who asked, newest last), `set` (`NtpSwitches`), `configure`.
 */
export async function startNtp(environment: HostEnvironment, document: unknown): Promise<Host> {
  const server = new NtpServer(environment, readConfiguration(environment.name, ntpConfiguration, document))
  const udp = await environment.network.udp({
    port: 123,
    protocol: 'NTP',
    onMessage(datagram, from) {
      const reply = server.answer(datagram, from)
      if (reply !== undefined) udp.send(reply, from.port, from.address)
    },
  })
  const stop = () => udp.close()
  return { name: environment.name, stop, [Symbol.asyncDispose]: stop, management: server.management() }
}

class NtpServer {
  readonly #environment: HostEnvironment
  readonly #startedAt: Date
  readonly #asked: Asked[] = []
  #configuration: NtpConfiguration
  #switches: Required<NtpSwitches> = {
    isUnsynchronised: false,
    isSilent: false,
    wrongBySeconds: 0,
    isRateLimited: false,
  }

  constructor(environment: HostEnvironment, configuration: NtpConfiguration) {
    this.#environment = environment
    this.#configuration = configuration
    this.#startedAt = environment.clocks.wall.now()
  }

  management(): Host['management'] {
    return {
      state: async () => ({ ready: true, ...this.#switches, now: this.#now().toISOString() }),
      history: async () => this.#asked,
      set: async (switches: unknown) => {
        const { name } = this.#environment
        this.#switches = { ...this.#switches, ...readConfiguration(name, ntpSwitches, switches) }
      },
      configure: async (next: unknown) => {
        this.#configuration = readConfiguration(this.#environment.name, ntpConfiguration, next)
      },
    }
  }

  /** Undefined: no answer. */
  answer(datagram: Buffer, from: Endpoint): Buffer | undefined {
    const receivedAt = this.#now()
    const question = readQuestion(datagram)
    if (question === undefined) return undefined
    const proof = judgeProof(question, this.#configuration.keys)
    const { answer, bytes } = this.#decide(question, proof, receivedAt)
    this.#note(question, from, answer)
    this.#trace(from, datagram, bytes, answer)
    return bytes
  }

  #decide(
    question: NtpQuestion,
    proof: NtpKey | 'none' | 'wrong',
    receivedAt: Date,
  ): { answer: Asked['answer']; bytes?: Buffer } {
    const { stratum, referenceId, isAuthenticationRequired } = this.#configuration
    const { isSilent, isUnsynchronised, isRateLimited } = this.#switches
    if (isSilent || (proof === 'none' && isAuthenticationRequired)) return { answer: 'none' }
    const times = { question, receivedAt, sentAt: this.#now(), setAt: this.#startedAt }
    const kiss = (code: string, level: number) => writeReply({ ...times, leap: 3, stratum: level, referenceId: code })
    if (proof === 'wrong') return { answer: 'crypto-NAK', bytes: cryptoNak(kiss('CRYP', 0)) }
    const sealed = (reply: Buffer) => (proof === 'none' ? reply : prove(reply, proof))
    if (isRateLimited) return { answer: 'RATE', bytes: sealed(kiss('RATE', 0)) }
    if (isUnsynchronised) return { answer: 'unsynchronised', bytes: sealed(kiss('INIT', 16)) }
    const reply = writeReply({ ...times, leap: 0, stratum, referenceId })
    return { answer: proof === 'none' ? 'time' : 'authenticated time', bytes: sealed(reply) }
  }

  #note(question: NtpQuestion, from: Endpoint, answer: Asked['answer']): void {
    if (this.#asked.length >= historyLength) this.#asked.shift()
    this.#asked.push({
      at: this.#environment.clocks.wall.now().toISOString(),
      from: from.address,
      version: question.version,
      keyId: question.proof?.keyId ?? null,
      answer,
    })
  }

  #trace(from: Endpoint, question: Buffer, reply: Buffer | undefined, answer: Asked['answer']): void {
    const local = `${this.#environment.address}:123`
    const remote = `${from.address}:${from.port}`
    const facts = {
      kind: 'message',
      transport: 'udp',
      connection: `udp/${remote}/${local}`,
      local,
      remote,
      protocol: 'NTP',
    } as const
    const { trace } = this.#environment
    trace.record({ ...facts, direction: 'received', summary: 'What time is it?', bytes: question })
    if (reply !== undefined) trace.record({ ...facts, direction: 'sent', summary: answer, bytes: reply })
  }

  #now(): Date {
    return new Date(this.#environment.clocks.wall.now().getTime() + this.#switches.wrongBySeconds * 1_000)
  }
}

const historyLength = 1_000
