import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { MessageConfiguration } from './configuration.ts'
import { toneRecording } from './tone-recording.ts'

export interface VoiceMessage {
  /** `0:<uuid>` */
  readonly id: string
  readonly from: { readonly name: string; readonly number: string }
  readonly subject: string
  readonly arrival: Date
  readonly durationMs: number
  readonly recording: Buffer
  isRead: boolean
}

/** The inbox of one user, newest message first. */
export class Mailbox {
  readonly alias: string
  readonly displayName: string
  readonly extension: string
  readonly #password: string
  #messages: VoiceMessage[] = []

  constructor(facts: { alias: string; password: string; displayName: string; extension: string }) {
    this.alias = facts.alias
    this.displayName = facts.displayName
    this.extension = facts.extension
    this.#password = facts.password
  }

  get messages(): readonly VoiceMessage[] {
    return this.#messages
  }

  opensWith(password: string): boolean {
    return password === this.#password
  }

  message(id: string): VoiceMessage | undefined {
    return this.#messages.find((message) => message.id === id)
  }

  /** Puts a message in; a full mailbox loses its oldest. */
  leave(message: MessageConfiguration, clock: WallClock, random: Random): string {
    const { from, durationMs, isRead, toneHz, ageMinutes } = message
    const id = `0:${message.id ?? random.uuid()}`
    const arrival = new Date(clock.now().getTime() - ageMinutes * 60_000)
    const subject = message.subject ?? `Message from ${from.number}`
    this.remove(id)
    this.#messages.push({
      id,
      from,
      subject,
      arrival,
      durationMs,
      isRead,
      recording: toneRecording(toneHz, durationMs),
    })
    this.#messages.sort((a, b) => b.arrival.getTime() - a.arrival.getTime())
    this.#messages.splice(mostMessages)
    return id
  }

  remove(id: string): boolean {
    const before = this.#messages.length
    this.#messages = this.#messages.filter((message) => message.id !== id)
    return this.#messages.length < before
  }
}

const mostMessages = 1_000
