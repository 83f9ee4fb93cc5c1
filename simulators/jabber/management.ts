import type { Management } from '#runtime/management.ts'
import { callManagement } from '#simulators/protocol/endpoint/call-management.ts'
import { readCamera } from '#simulators/protocol/endpoint/camera-settings.ts'
import { CookieJar } from '#simulators/protocol/endpoint/cookie-jar.ts'
import { oneOfNames } from '#simulators/protocol/endpoint/certificate-rule.ts'
import { inThisOrder } from '#simulators/protocol/endpoint/server-choice.ts'
import { edgeAccess, sendToEdge } from '#simulators/protocol/endpoint/service-access.ts'
import { searchDirectory } from '#simulators/protocol/endpoint/user-data-services.ts'
import type { WebAnswer } from '#simulators/protocol/endpoint/web-client.ts'
import type { Jabber } from './jabber.ts'
import { announcementOf } from './platforms.ts'
import { checkForUpdate, fetchPhoto, openCustomTab } from './company-pages.ts'
import { profileFiles } from './profile-folder.ts'
import { edgeDomain } from './sign-in.ts'
import { fetchVoicemail } from './voicemail.ts'

/** What the lab may ask of a Jabber. */
export function jabberManagement(jabber: Jabber): Management {
  const { phone } = jabber
  return {
    ...callManagement({ calls: phone.calls, rules: phone.rules, line: () => phone.line() }),
    ...messagingMethods(jabber),
    ...webMethods(jabber),
    /** `stages`: only these, and what they need has to be among them. */
    async signIn({ password, stages }: { password?: string; stages?: string[] }) {
      return jabber.signIn(password ?? jabber.user.password, stages)
    },
    async signOut() {
      await jabber.signOut()
    },
    /** The keep-alive REGISTER at once, on a new connection where need be; its final response. */
    async reRegister() {
      return jabber.reRegister()
    },
    /** The SIP connection breaks without a word, and the client does not register anew by itself. */
    async loseConnection() {
      await phone.loseConnection()
    },
    /** Lines of csf-unified.log. */
    async clientLog() {
      return jabber.log.lines
    },
    /** Plugs a camera in or out, for the calls to come. */
    async setCamera(settings: Record<string, unknown>) {
      jabber.camera = readCamera(settings)
    },
    /** Puts a CA into a trust store by its name, for example `Certificate Manager`, or into the `application folder`. */
    async importCertificate({ place, certificate }: { place: string; certificate: string }) {
      jabber.trustStores.import(place, certificate)
    },
    /** Paths of its logs and configuration files below its own folder. */
    async profileFiles() {
      return profileFiles(jabber.profile)
    },
    async state() {
      const { found } = jabber
      return {
        state: jabber.state,
        place: found?.discovered?.place,
        phone: phone.status,
        /** Which server each connection is to: `sip`, `xmpp`, `http`, and the registrar's `node`. */
        connections: jabber.connections,
        jid: jabber.messaging.jid,
        imClosedBecause: jabber.messaging.closedBecause,
        device: found?.deviceName,
        stages: jabber.stages,
      }
    },
  }
}

function messagingMethods({ messaging }: Jabber) {
  return {
    async sendMessage({ to, text }: { to: string; text: string }) {
      await messaging.sendMessage(to, text)
    },
    async messages() {
      return messaging.messages
    },
    async presence() {
      return messaging.presences
    },
    async setPresence({ show, status }: { show?: string; status?: string }) {
      await messaging.setPresence(show, status)
    },
    async offerFile({ to, name, bytes }: { to: string; name: string; bytes: number }) {
      return { outcome: await messaging.offerFile(to, { name, bytes }) }
    },
    async roster() {
      return messaging.fetchRoster()
    },
    async addContact({ jid, name }: { jid: string; name?: string }) {
      await messaging.addContact(jid, name)
    },
  }
}

interface FetchParameters {
  readonly url: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  /** Neither cookie nor credentials. */
  readonly anonymous?: boolean
}

function webMethods(jabber: Jabber) {
  return {
    /** Any URL of the inside, through the edge where the client is outside. */
    async fetch({ url, method, headers, body, anonymous = false }: FetchParameters) {
      const access = anonymous ? anonymousAccess(jabber) : jabber.access
      const authorization = anonymous ? undefined : jabber.found?.authorization
      const answer = await access.fetch(url, {
        headers: { ...(authorization === undefined ? {} : { authorization }), ...headers },
        ...(method === undefined ? {} : { method }),
        ...(body === undefined ? {} : { body }),
      })
      return answerReport(answer)
    },
    /** A request to an edge with exactly this target; without a cookie unless the jar has one for it. */
    async fetchTarget({ host, port = 8443, target, method, headers }: TargetParameters) {
      const { web, jar, user } = jabber
      const nameCheck = () => oneOfNames([host, edgeDomain(user)])
      const request = {
        target,
        ...(method === undefined ? {} : { method }),
        ...(headers === undefined ? {} : { headers }),
      }
      const { answer } = await sendToEdge(
        { web, jar, nameCheck, userAgent: announcementOf(user).httpUserAgent },
        { host, port },
        request,
      )
      return answerReport(answer)
    },
    /** The answer to get_edge_config; `renew` asks for it again. */
    async edgeConfig({ renew = false }: { renew?: boolean }) {
      const edge = renew ? await jabber.renewEdgeConfiguration() : jabber.found?.edge
      if (edge === undefined) return undefined
      return { ...edge, cookie: jabber.jar.header(edge.server.host, '/', true) }
    },
    async directorySearch({ name, most = 64 }: { name: string; most?: number }) {
      if (jabber.found?.uds === undefined) throw new Error(`${jabber.user.id} has no home cluster`)
      return searchDirectory(jabber.found.uds, name, most)
    },
    /** Asks the update server that jabber-config.xml names. */
    async checkForUpdate() {
      return checkForUpdate(jabber.access, pagesOf(jabber))
    },
    /** Opens a custom HTML tab by its tooltip. */
    async openCustomTab({ tooltip }: { tooltip: string }) {
      return openCustomTab(jabber.access, pagesOf(jabber), tooltip)
    },
    /** The photo of a user in the directory, by user id. */
    async photo({ of }: { of: string }) {
      return answerReport(await fetchPhoto(jabber.access, pagesOf(jabber), of))
    },
    async voicemail() {
      const host = jabber.user.voicemailHost ?? jabber.found?.files?.voicemailHost
      if (host === undefined) throw new Error('no voicemail server is known')
      return fetchVoicemail(jabber.access, host, jabber.found?.authorization ?? '')
    },
  }
}

interface TargetParameters {
  readonly host: string
  readonly port?: number
  readonly target: string
  readonly method?: string
  readonly headers?: Record<string, string>
}

function pagesOf({ user, found }: Jabber) {
  if (found?.files === undefined) throw new Error(`${user.id} has no jabber-config.xml`)
  return found.files.pages
}

function anonymousAccess({ environment, web, user, found }: Jabber) {
  if (found?.edge === undefined) throw new Error(`${user.id} is not outside`)
  return edgeAccess({
    web,
    jar: new CookieJar(environment.clocks.wall),
    domain: edgeDomain(user),
    servers: inThisOrder([found.edge.server]),
    nameCheck: ({ host }) => oneOfNames([host, edgeDomain(user)]),
    userAgent: announcementOf(user).httpUserAgent,
  })
}

function answerReport({ status, reason, headers, body }: WebAnswer) {
  return { status, reason, headers, bytes: body.length, body: body.toString('utf8', 0, shownBytes) }
}

const shownBytes = 4_096
