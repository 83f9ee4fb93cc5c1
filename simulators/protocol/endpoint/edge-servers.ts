import type { Random } from '#runtime/random.ts'
import type { EdgeSignInResult } from './edge-sign-in.ts'
import { ServerChoice } from './server-choice.ts'

/** The Expressway peers that an endpoint outside may use, service by service, as the edge configuration lists them. */
export class EdgeServers {
  readonly sip: ServerChoice
  readonly xmpp: ServerChoice
  readonly http: ServerChoice

  constructor(random: Random) {
    this.sip = new ServerChoice(random)
    this.xmpp = new ServerChoice(random)
    this.http = new ServerChoice(random)
  }

  /** A new edge configuration. Its sender is asked first from now on: the cookie came from there. */
  offer({ server, configuration }: EdgeSignInResult): void {
    this.sip.offer(configuration.sipEdgeServers)
    this.xmpp.offer(configuration.xmppEdgeServers)
    this.http.offer(configuration.httpEdgeServers)
    this.http.prefer(server)
  }
}
