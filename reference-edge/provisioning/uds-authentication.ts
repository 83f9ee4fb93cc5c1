import type { Log } from '#runtime/log.ts'
import type { HostNetwork, HttpAnswer } from '#runtime/network.ts'
import type { BasicCredentials } from '../protocol/http/basic-credentials.ts'
import { writeBasic } from '../protocol/http/basic-credentials.ts'
import { answerText, requestText } from '../logging/http-message.ts'
import { child, textOf } from '../protocol/xml/element.ts'
import { readXml } from '../protocol/xml/read.ts'
import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import { isNode } from '../unified-cm/discovered-node.ts'
import { askOverHttps } from '../unified-cm/node-http.ts'
import type { Verdict } from './credential-cache.ts'

export interface UdsAuthenticationOptions {
  readonly network: HostNetwork
  readonly log: Log
  /** Discovered Unified CM nodes of all clusters, as they are now. */
  readonly nodes: () => readonly DiscoveredNode[]
}

/** Where a user's data is, as a node told. */
type HomeCluster =
  | { readonly kind: 'unknown user' }
  /** `home` is empty where the user's Home Cluster box is not ticked. */
  | { readonly kind: 'found'; readonly home: string }

/**
 * Asks User Data Services of Unified CM for a user's home cluster and password. Queries go to all nodes of all
 * clusters in turn (guide gap 6), so that one cluster which does not know another's users shows.
 */
export class UdsAuthentication {
  readonly #options: UdsAuthenticationOptions
  readonly #homes = new Map<string, DiscoveredNode | undefined>()
  #turn = 0

  constructor(options: UdsAuthenticationOptions) {
    this.#options = options
  }

  /** Whether Unified CM takes the pair. An unknown user costs as many queries as a wrong password. */
  async verify(user: string, password: string): Promise<Verdict> {
    for (const node of this.#inTurn()) {
      try {
        return await this.#verifyFrom(node, { user, password })
      } catch (error) {
        this.#options.log.info('Failed to authenticate user against server', {
          Username: user,
          Server: `('https', '${node.address}', 8443)`,
          Reason: (error as Error).message,
        })
      }
    }
    return 'unavailable'
  }

  /** The node with the user's data, as the last verification found it; undefined where the user has no home cluster. */
  home(user: string): DiscoveredNode | undefined {
    return this.#homes.get(user)
  }

  /** Takes from another VCS of the cluster which node has the user's data; undefined where none has. */
  learnHome(user: string, fqdn: string | undefined): void {
    this.#remember(user, this.#homeNode(fqdn ?? ''))
  }

  async #verifyFrom(node: DiscoveredNode, pair: BasicCredentials): Promise<Verdict> {
    const { log } = this.#options
    const found = await this.#homeCluster(node, pair.user)
    const home = found.kind === 'found' ? this.#homeNode(found.home) : undefined
    const asked = home ?? node
    const verdict = await this.#password(asked, pair)
    if (found.kind === 'unknown user') return this.#refused(pair.user, `${node.name} does not find the user`)
    if (found.home !== '' && home === undefined) {
      return this.#refused(pair.user, `home cluster ${found.home} is not discovered`)
    }
    if (verdict !== 'accepted') return this.#refused(pair.user, `${asked.name} refuses the password`)
    this.#remember(pair.user, home)
    log.info('Authenticated user successfully', { Username: pair.user, Server: asked.name })
    return 'accepted'
  }

  async #homeCluster(node: DiscoveredNode, user: string): Promise<HomeCluster> {
    const answer = await this.#ask(node, `/cucm-uds/clusterUser?username=${encodeURIComponent(user)}`)
    if (answer.status >= 500) throw new Error(`clusterUser answered ${answer.status}`)
    if (answer.status !== 200) return { kind: 'unknown user' }
    const root = readXml(answer.body)
    if (child(root, 'result')?.attributes['found'] !== 'true') return { kind: 'unknown user' }
    const home = textOf(child(root, 'homeCluster')).trim()
    return { kind: 'found', home: home === 'false' ? '' : home }
  }

  async #password(node: DiscoveredNode, pair: BasicCredentials): Promise<'accepted' | 'refused'> {
    const target = `/cucm-uds/user/${encodeURIComponent(pair.user)}/devices`
    const { status } = await this.#ask(node, target, { Authorization: writeBasic(pair) })
    // 403: the password is right, the user is no end user; that refusal is the server's to make when the client asks.
    if (status === 200 || status === 403) return 'accepted'
    if (status >= 500) throw new Error(`devices answered ${status}`)
    return 'refused'
  }

  async #ask(node: DiscoveredNode, target: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    const { fqdn: name, address, tlsVerify } = node
    const request = { method: 'GET', target, headers: { Accept: 'application/xml', ...headers }, timeoutMs: 5_000 }
    const log = this.#options.log.child('developer.edgeconfigprovisioning.uds', { Server: `${name}:8443` })
    if (log.isDebugWanted) log.debug('Sending Request', { HTTPMSG: requestText(request) })
    const answer = await askOverHttps(this.#options.network, { name, address, tlsVerify }, request)
    if (log.isDebugWanted) log.debug('Receive Response', { HTTPMSG: answerText(answer) })
    return answer
  }

  #inTurn(): DiscoveredNode[] {
    const nodes = this.#unifiedCm()
    if (nodes.length === 0) return []
    const first = this.#turn++ % nodes.length
    return [...nodes.slice(first), ...nodes.slice(0, first)]
  }

  #homeNode(written: string): DiscoveredNode | undefined {
    return written === '' ? undefined : this.#unifiedCm().find((node) => isNode(node, written))
  }

  #unifiedCm(): DiscoveredNode[] {
    return this.#options.nodes().filter(({ kind }) => kind === 'unified-cm')
  }

  #refused(user: string, reason: string): Verdict {
    this.#options.log.info('Authenticating user failed', { Username: user, Reason: reason })
    return 'refused'
  }

  #remember(user: string, home: DiscoveredNode | undefined): void {
    this.#homes.delete(user)
    this.#homes.set(user, home)
    const [oldest] = this.#homes.keys()
    if (this.#homes.size > largestHomes) this.#homes.delete(oldest!)
  }
}

const largestHomes = 5_000
