import type { ServiceAccess } from '#simulators/protocol/endpoint/service-access.ts'
import type { WebAnswer } from '#simulators/protocol/endpoint/web-client.ts'
import type { Element } from '#simulators/protocol/endpoint/xml.ts'
import { allNamed, findElement, parseXml, textAt } from '#simulators/protocol/endpoint/xml.ts'

/** What jabber-config.xml says of web servers besides Unified CM's own (wire facts §5.3, §9.2, §9.3). */
export interface CompanyPages {
  readonly updateUrl: string | undefined
  /** `%%uid%%` stands for the user id. */
  readonly photoTemplate: string | undefined
  readonly customTabs: readonly CustomTab[]
}

export interface CustomTab {
  readonly tooltip: string
  readonly icon: string
  readonly url: string
}

export function readCompanyPages(policy: Element | undefined): CompanyPages {
  const pages = policy === undefined ? [] : allNamed(policy, 'page')
  return {
    updateUrl: textAt(findElement(policy, 'UpdateUrl')),
    photoTemplate: textAt(findElement(policy, 'UdsPhotoUriWithToken')),
    customTabs: pages.map((page) => ({
      tooltip: textAt(page, 'tooltip') ?? '',
      icon: textAt(page, 'icon') ?? '',
      url: textAt(page, 'url') ?? '',
    })),
  }
}

/** Asks the update server; `latest` is what it has for Jabber of Windows. A status other than 200 is reported. */
export async function checkForUpdate(
  access: ServiceAccess,
  { updateUrl }: CompanyPages,
): Promise<{ status: number; latest?: string }> {
  if (updateUrl === undefined) throw new Error('jabber-config.xml names no update server')
  const { status, body } = await access.fetch(updateUrl)
  if (status !== 200) return { status }
  const latest = textAt(findElement(parseXml(body.toString('utf8')), 'LatestVersion'))
  return { status, ...(latest === undefined ? {} : { latest }) }
}

/** Opens a custom HTML tab: its icon, then its page. */
export async function openCustomTab(
  access: ServiceAccess,
  { customTabs }: CompanyPages,
  tooltip: string,
): Promise<{ icon: number; status: number; body: string }> {
  const tab = customTabs.find((each) => each.tooltip === tooltip)
  if (tab === undefined) throw new Error(`jabber-config.xml has no tab ${tooltip}`)
  const icon = await access.fetch(tab.icon)
  const { status, body } = await access.fetch(tab.url)
  return { icon: icon.status, status, body: body.toString('utf8', 0, 4_096) }
}

/** The photo of somebody in the directory. */
export function fetchPhoto(access: ServiceAccess, { photoTemplate }: CompanyPages, userId: string): Promise<WebAnswer> {
  if (photoTemplate === undefined) throw new Error('jabber-config.xml names no photo host')
  return access.fetch(photoTemplate.replaceAll('%%uid%%', encodeURIComponent(userId)))
}
