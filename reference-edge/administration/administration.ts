import type { HttpRequest, HttpResponse, Listener } from '#runtime/network.ts'
import { systemAdministration } from '../configuration/pages/system.ts'
import type { AdministeredSystem } from './administered-system.ts'
import { apiGuard } from './api-guard.ts'
import { apiOf, refusal } from './api.ts'
import { LoginGate } from './login-gate.ts'
import { pagesFor } from './pages.ts'
import { Sessions } from './sessions.ts'
import { answerBy } from './web-server.ts'

/**
 * The administrator's side of a VCS on HTTPS: pages with a login for people, `/api/` and `/getxml` with Basic login for
 * programs. Both are made from the one description of its pages.
 */
export async function startAdministration(system: AdministeredSystem): Promise<Listener> {
  const { environment, identity, address, port = 443 } = system
  const { clocks, random } = environment
  const log = environment.log.child('web')
  const gate = new LoginGate(clocks.monotonic, system.administrator, random)
  const timeoutMinutes = () => system.configuration.values(systemAdministration).sessionTimeout
  const sessions = new Sessions({ clock: clocks.wall, random, log, timeoutMinutes })
  const onLoginFailure = (source: string) => {
    log.warn('Admin Session Login Failure', { 'Src-ip': source, Level: 1 })
    system.onLoginFailure(source)
  }
  const onError = (error: Error) => log.error('Application Warning', { Detail: error.message, Level: 1 })
  const pages = pagesFor({ system, gate, sessions, onLoginFailure, onError })
  const api = programsApi(system, gate, onLoginFailure, onError)
  const listener = await environment.network.listenHttp({
    port,
    ...(address === undefined ? {} : { address }),
    tls: { identity },
    limits: { perSource: 50, total: 200, bodyBytes: 256 * 1024 },
    handler: (request): Promise<HttpResponse> =>
      isOfProgram(request) ? answerBy(api, request) : answerBy(pages, request),
  })
  return withStop(listener, () => sessions.stop())
}

function programsApi(
  system: AdministeredSystem,
  gate: LoginGate,
  onLoginFailure: (source: string) => void,
  onError: (error: Error) => void,
) {
  const username = () => system.administrator().username
  const api = apiOf(system, apiGuard({ gate, product: system.product, username, onLoginFailure }))
  api.onError((error, context) => {
    onError(error)
    return refusal(context, 500, 'failed unexpectedly', 'See Status > Logs > Event Log')
  })
  return api
}

function isOfProgram({ target }: HttpRequest): boolean {
  return /^\/(api|getxml)([/?]|$)/.test(target)
}

function withStop(listener: Listener, also: () => void): Listener {
  const stop = async () => {
    also()
    await listener.stop()
  }
  return Object.defineProperties({} as Listener, {
    ...Object.getOwnPropertyDescriptors(listener),
    stop: { value: stop },
    [Symbol.asyncDispose]: { value: stop },
  })
}
