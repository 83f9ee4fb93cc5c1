import { waitFor } from '#runtime/wait.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Lab } from '../lab.ts'

/** Alice, signed in from the internet, going on with her work while others misbehave. */
export class HealthyClient {
  readonly #alice: Endpoint
  readonly #bob: Endpoint
  readonly #failures: string[] = []
  readonly #milliseconds: number[] = []
  #rounds = 0
  #isStopped = false
  #running: Promise<void> | undefined

  private constructor(alice: Endpoint, bob: Endpoint) {
    this.#alice = alice
    this.#bob = bob
  }

  /** Signs both in and goes on until stopped. */
  static async start(lab: Lab): Promise<HealthyClient> {
    const [alice, bob] = [lab.endpoint('alice'), lab.endpoint('bob')]
    for (const { state, error } of await Promise.all([alice.signIn(), bob.signIn()])) {
      if (error !== undefined) throw new Error(`${state}: ${error.says}`)
    }
    const client = new HealthyClient(alice, bob)
    client.#running = client.#work()
    return client
  }

  get failures(): readonly string[] {
    return this.#failures
  }

  get rounds(): number {
    return this.#rounds
  }

  /** Milliseconds within which 19 of 20 of her actions were done. */
  get percentile95(): number {
    const sorted = this.#milliseconds.toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length * 0.95)] ?? Infinity
  }

  /** Waits for a round that began after this call, so that it ran beside what was just sent. */
  async fullRound(): Promise<void> {
    const wanted = this.#rounds + 2
    await waitFor('a round of the healthy client', () => this.#rounds >= wanted, {
      limitMs: 15_000,
      lastSeen: () => this.#failures,
    })
    if (this.#failures.length > 0) throw new Error(`the healthy client was harmed: ${this.#failures.join('; ')}`)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  async #work(): Promise<void> {
    while (!this.#isStopped) {
      await this.#do('HTTPS through the edge', () => this.#fetch())
      await this.#do('REGISTER', () => this.#register())
      await this.#do('a chat message', () => this.#chat())
      this.#rounds++
    }
  }

  async #do(what: string, act: () => Promise<void>): Promise<void> {
    const start = performance.now()
    try {
      await act()
    } catch (error) {
      this.#failures.push(`${what}: ${(error as Error).message}`)
    }
    this.#milliseconds.push(performance.now() - start)
  }

  async #fetch(): Promise<void> {
    const url = 'https://cucm1.example.com:8443/cucm-uds/user/alice/devices'
    const { status } = await this.#alice.call<{ status: number }>('fetch', { url })
    if (status !== 200) throw new Error(`answered ${status}`)
  }

  async #register(): Promise<void> {
    const { status } = await this.#alice.call<{ status: number }>('reRegister')
    if (status !== 200) throw new Error(`answered ${status}`)
  }

  async #chat(): Promise<void> {
    const text = `round ${this.#rounds}`
    await this.#alice.call('sendMessage', { to: 'bob@example.com', text })
    await waitFor(
      text,
      async () => (await this.#bob.call<{ text: string }[]>('messages')).some((message) => message.text === text),
      { everyMs: 5 },
    )
  }
}
