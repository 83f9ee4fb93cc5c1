import { readConfiguration } from '#runtime/configuration.ts'
import type { Host, HostEnvironment } from '#runtime/host.ts'
import { service } from '#runtime/service.ts'
import { callManagement } from '#simulators/protocol/endpoint/call-management.ts'
import { pretendBrowser } from '#simulators/protocol/endpoint/jssip/sdes-peer-connection.ts'
import { phoneUser } from './configuration.ts'
import { DeskPhone } from './phone.ts'

/** Starts one desk phone in its host environment; it does nothing until it is told to sign in. */
export async function startPhone(environment: HostEnvironment, configuration: unknown): Promise<Host> {
  pretendBrowser()
  const desk = new DeskPhone(environment, readConfiguration('phone', phoneUser, configuration))
  const { phone } = desk
  return {
    ...service(environment.name, () => desk.stop()),
    management: {
      ...callManagement({ calls: phone.calls, rules: phone.rules, line: () => phone.line() }),
      async signIn({ stages }: { stages?: string[] }) {
        return desk.signIn(stages)
      },
      async signOut() {
        await desk.signOut()
      },
      async reRegister() {
        return phone.reRegister()
      },
      async state() {
        return {
          state: desk.state,
          phone: phone.status,
          connections: desk.connections,
          device: desk.user.device,
          stages: desk.stages,
        }
      },
    },
  }
}
