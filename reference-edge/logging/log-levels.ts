/** Maintenance > Diagnostics > Advanced > Support Log configuration. */
export const supportLogModules = [
  'developer.diagnostics',
  'developer.edgeconfigprovisioning',
  'developer.portforwarding',
  'developer.trafficserver',
  'developer.xcp',
] as const

/** Maintenance > Diagnostics > Advanced > Network Log configuration. */
export const networkLogModules = ['network.http.trafficserver', 'network.sip', 'network.tcp'] as const

export type LogModule = (typeof supportLogModules)[number] | (typeof networkLogModules)[number]
export type ModuleLevel = 'INFO' | 'DEBUG'

export type LevelChange = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** Which modules write DEBUG records. All are at INFO at first. */
export class LogLevels {
  readonly #atDebug = new Set<string>()

  list(): ReadonlyArray<{ readonly module: LogModule; readonly level: ModuleLevel }> {
    return allModules.map((module) => ({ module, level: this.#atDebug.has(module) ? 'DEBUG' : 'INFO' }))
  }

  /** "Set to debug" and "Reset to INFO" of the selected modules: all of them, or none where one does not exist. */
  set(modules: readonly string[], level: ModuleLevel): LevelChange {
    const unknown = modules.find((module) => !(allModules as readonly string[]).includes(module))
    if (unknown !== undefined) return noSuchModule(unknown)
    for (const module of modules) {
      if (level === 'DEBUG') this.#atDebug.add(module)
      else this.#atDebug.delete(module)
    }
    return { ok: true }
  }

  /** Whether a module is at DEBUG; `developer.xcp.router` is where `developer.xcp` is. */
  isDebug(module: string): boolean {
    for (let name = module; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
      if (this.#atDebug.has(name)) return true
    }
    return false
  }
}

const allModules: readonly LogModule[] = [...supportLogModules, ...networkLogModules]

function noSuchModule(name: string): LevelChange {
  return { ok: false, reason: `There is no log module ${name}` }
}
