import type { Timer } from '#runtime/clock.ts'
import { ChatStream } from './clients/chat-stream.ts'
import { readEdge } from './clients/edge-account.ts'
import type { Crowd } from './crowd.ts'
import type { Measures } from './measures.ts'
import { Stage } from './measures.ts'

interface Pair {
  readonly timer: Timer | undefined
  readonly streams: readonly ChatStream[]
}

/** Pairs of users who write to each other: one asks, the other gives each text back. */
export class Chats {
  readonly #crowd: Crowd
  readonly #measures: Measures
  readonly #domain: string
  readonly #pairs = new Map<number, Pair>()
  #lost = 0

  constructor(crowd: Crowd, measures: Measures, domain: string) {
    this.#crowd = crowd
    this.#measures = measures
    this.#domain = domain
  }

  get up(): number {
    return this.#pairs.size
  }

  get lost(): number {
    return this.#lost
  }

  /** Signs users 2n and 2n+1 in, who then exchange a message each second. */
  async begin(pair: number): Promise<void> {
    const asked = new Map<string, number>()
    const streams: ChatStream[] = []
    const [asking, answering] = [2 * pair, 2 * pair + 1]
    const answered = (body: string) => {
      const since = asked.get(body)
      if (since === undefined) return
      asked.delete(body)
      this.#measures.took(Stage.chat, this.#measures.nowMs() - since)
    }
    streams.push(await this.#open(asking, (_from, body) => answered(body)))
    streams.push(await this.#open(answering, (from, body) => streams[1]?.send(from, body)))
    const { monotonic } = this.#crowd.networkOf(asking).clocks
    const to = `${this.#crowd.user(answering).id}@${this.#domain}`
    let turn = 0
    const ask = () => {
      if (asked.size > 0) this.#measures.failed(Stage.chat, 'no answer within a second')
      asked.clear()
      const body = `${pair}-${turn++}`
      asked.set(body, this.#measures.nowMs())
      streams[0]!.send(to, body)
      this.#pairs.set(pair, { streams, timer: monotonic.after(everyMs, ask) })
    }
    ask()
  }

  stop(): void {
    for (const { timer, streams } of this.#pairs.values()) {
      timer?.cancel()
      for (const stream of streams) stream.close()
    }
    this.#pairs.clear()
  }

  async #open(index: number, onMessage: (from: string, body: string) => void): Promise<ChatStream> {
    const account = this.#crowd.account(index)
    const { xmppEdgeServers } = await readEdge(account)
    return this.#measures.timed(Stage.xmppSignIn, async () => {
      const [edge] = xmppEdgeServers
      if (edge === undefined) throw new Error('no XMPP server is known')
      const onLost = (why: string) => {
        this.#lost++
        this.#measures.failed('chat lost', why)
      }
      return ChatStream.open({ ...account, edge, onMessage, onLost })
    })
  }
}

const everyMs = 1_000
