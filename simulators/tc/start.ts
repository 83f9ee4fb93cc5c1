import { readConfiguration } from '#runtime/configuration.ts'
import type { Host, HostEnvironment } from '#runtime/host.ts'
import { service } from '#runtime/service.ts'
import { callManagement } from '#simulators/protocol/endpoint/call-management.ts'
import { pretendBrowser } from '#simulators/protocol/endpoint/jssip/sdes-peer-connection.ts'
import { provisioning, tcUser } from './configuration.ts'
import { TcEndpoint } from './endpoint.ts'

/** Starts one TC endpoint in its host environment; it does nothing until it is told to sign in. */
export async function startTcEndpoint(environment: HostEnvironment, configuration: unknown): Promise<Host> {
  pretendBrowser()
  const endpoint = new TcEndpoint(environment, readConfiguration('tc', tcUser, configuration))
  const { phone, user } = endpoint
  return {
    ...service(environment.name, () => endpoint.stop()),
    management: {
      ...callManagement({ calls: phone.calls, rules: phone.rules, line: () => phone.line() }),
      async signIn({ password, stages }: { password?: string; stages?: string[] }) {
        return endpoint.signIn(password ?? user.password, stages)
      },
      async signOut() {
        await endpoint.signOut()
      },
      /** The connection to the edge breaks and is not opened again. */
      async loseConnection() {
        await phone.loseConnection()
      },
      async reRegister() {
        return phone.reRegister()
      },
      async edgeConfig() {
        return endpoint.found?.edge
      },
      /** Provisioning Mode and ExternalManager Address, until it is opened anew. */
      async setProvisioning(parameters: unknown) {
        endpoint.setProvisioning(readConfiguration('provisioning', provisioning, parameters))
      },
      /** Its list of trusted certificate authorities. */
      async trustedCas() {
        return endpoint.trustedCas.list
      },
      async state() {
        const { state, stages, clock, certificate } = endpoint
        const audioEngine = endpoint.audioEngine.status
        const { connections } = endpoint
        return { state, phone: phone.status, connections, device: user.device, stages, clock, certificate, audioEngine }
      },
    },
  }
}
