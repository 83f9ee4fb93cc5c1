import { fileURLToPath } from 'node:url'
import type { StartHost } from '#runtime/host.ts'
import type { HostRole } from '../topology/topology.ts'

interface Program {
  /** Path of the file that runs the program alone. */
  readonly main: string
  load(): Promise<StartHost>
}

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Our program for each role; loaded when first needed. */
export const programs: Record<HostRole, Program> = {
  'public-dns': { main: here('lab/dns/main.ts'), load: async () => (await import('../dns/start.ts')).startDns },
  'internal-dns': { main: here('lab/dns/main.ts'), load: async () => (await import('../dns/start.ts')).startDns },
  ntp: { main: here('lab/ntp/main.ts'), load: async () => (await import('../ntp/start.ts')).startNtp },
  cucm: {
    main: here('simulators/cucm/main.ts'),
    load: async () => (await import('#simulators/cucm/start.ts')).startUnifiedCm,
  },
  imp: {
    main: here('simulators/imp/main.ts'),
    load: async () => (await import('#simulators/imp/start.ts')).startImAndPresence,
  },
  'partner-imp': {
    main: here('simulators/imp/main.ts'),
    load: async () => (await import('#simulators/imp/start.ts')).startImAndPresence,
  },
  unity: {
    main: here('simulators/unity/main.ts'),
    load: async () => (await import('#simulators/unity/start.ts')).startUnityConnection,
  },
  'web-host': {
    main: here('simulators/web-host/main.ts'),
    load: async () => (await import('#simulators/web-host/start.ts')).startWebHost,
  },
  webex: {
    main: here('simulators/webex/main.ts'),
    load: async () => (await import('#simulators/webex/start.ts')).startWebex,
  },
  expressway: {
    main: here('reference-edge/expressway/main.ts'),
    load: async () => (await import('#edge/expressway/start.ts')).startExpressway,
  },
  control: {
    main: here('reference-edge/control/main.ts'),
    load: async () => (await import('#edge/control/start.ts')).startControl,
  },
}
