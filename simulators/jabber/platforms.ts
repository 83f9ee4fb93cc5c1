/** How Jabber of one platform appears to others (wire facts §2.3, §6.1) and where it looks for trusted CAs. */
interface Platform {
  readonly httpUserAgent: string
  readonly sipUserAgent: string
  /** Unified CM's model number. */
  readonly model: string
  /** What stands before the release in the alarm of its first REGISTER. */
  readonly load: string
  readonly release: string
  /** The operating system's certificate mechanism, in the guide's words. */
  readonly trustStore: string
}

export const platformNames = ['Windows', 'iOS', 'Android'] as const
export type PlatformName = (typeof platformNames)[number]

export const platforms: Readonly<Record<PlatformName, Platform>> = {
  Windows: {
    httpUserAgent: 'Jabber-Win-472',
    sipUserAgent: 'Cisco-CSF',
    model: '503',
    load: 'Jabber_for_Windows',
    release: '9.7.0',
    trustStore: 'Certificate Manager',
  },
  iOS: {
    httpUserAgent: 'Jabber-iOS-472',
    sipUserAgent: 'Cisco-TCT',
    model: '562',
    load: 'Jabber_for_iPhone',
    release: '9.6.1',
    trustStore: 'Trust store',
  },
  Android: {
    httpUserAgent: 'Jabber-Android-472',
    sipUserAgent: 'Cisco-BOT',
    model: '575',
    load: 'Jabber_for_Android',
    release: '9.6.0',
    trustStore: 'Location & Security',
  },
}

/** What this client says it is. */
export interface Announcement {
  readonly httpUserAgent: string
  readonly sipUserAgent: string
  readonly model: string
  /** For example `Jabber_for_Windows-9.7.0`. */
  readonly activeLoad: string
}

/** The platform's, but for what a user's configuration has otherwise. */
export function announcementOf(user: {
  readonly platform: PlatformName
  readonly version?: string | undefined
  readonly model?: string | undefined
  readonly userAgent?: string | undefined
}): Announcement {
  const { platform, version, model, userAgent } = user
  const own = platforms[platform]
  return {
    httpUserAgent: userAgent ?? own.httpUserAgent,
    sipUserAgent: own.sipUserAgent,
    model: model ?? own.model,
    activeLoad: `${own.load}-${version ?? own.release}`,
  }
}
