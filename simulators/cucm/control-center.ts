import type { Service } from '#runtime/service.ts'
import type { Cluster } from './cluster.ts'

type Switched = 'tftp' | 'callManager' | 'capf'

/**
 * Control Center: starts and stops the services that have listeners of their own, as the configuration says.
 * UDS and AXL are applications of Tomcat, which looks their switches up at each request.
 */
export class ControlCenter implements AsyncDisposable {
  readonly #cluster: Cluster
  readonly #starts: Readonly<Record<Switched, () => Promise<Service>>>
  readonly #running = new Map<Switched, Service>()
  #isStopped = false
  #forgetChanges = () => {}

  static async start(
    cluster: Cluster,
    starts: Readonly<Record<Switched, () => Promise<Service>>>,
  ): Promise<ControlCenter> {
    const center = new ControlCenter(cluster, starts)
    await using partial = new AsyncDisposableStack()
    partial.use(center)
    await center.#reconcile()
    partial.move()
    center.#forgetChanges = cluster.onChange(() => center.#reconcile())
    return center
  }

  private constructor(cluster: Cluster, starts: Readonly<Record<Switched, () => Promise<Service>>>) {
    this.#cluster = cluster
    this.#starts = starts
  }

  get running(): string[] {
    return [...this.#running.keys()]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true
    this.#forgetChanges()
    for (const running of [...this.#running.values()].reverse()) await running.stop()
    this.#running.clear()
  }

  async #reconcile(): Promise<void> {
    if (this.#isStopped) return
    for (const name of Object.keys(this.#starts) as Switched[]) {
      const isWanted = this.#cluster.configuration.services[name]
      const running = this.#running.get(name)
      if (isWanted && running === undefined) this.#running.set(name, await this.#starts[name]())
      if (!isWanted && running !== undefined) {
        this.#running.delete(name)
        await running.stop()
      }
    }
  }
}
