import type { Host, HostEnvironment } from '#runtime/host.ts'
import { Product } from '../configuration/page.ts'
import { startSystem } from '../system/system.ts'
import { startExpresswayApplications } from './applications.ts'

/** A VCS Expressway; `document` is its `Installation`, the rest is configured by its administrator. */
export function startExpressway(environment: HostEnvironment, document: unknown, signal: AbortSignal): Promise<Host> {
  return startSystem({
    product: Product.expressway,
    environment,
    document,
    signal,
    startApplications: startExpresswayApplications,
  })
}
