import type { PlanFacts } from './plan-facts.ts'
import { fqdnOf, namesOfRole } from './plan-facts.ts'

const paths = { update: '/jabber/Autoupdate.xml', tab: '/tabs/news.html', icon: '/tabs/news.png', photos: '/photos' }

/** What the inside web server has for Jabber: the update, a custom HTML tab with its icon, everybody's photo. */
export function webHost(name: string, { topology }: PlanFacts): unknown {
  const host = fqdnOf(name, topology)
  const photos = topology.users.map(({ id, name: shown }) => [
    `${paths.photos}/${id}.jpg`,
    { type: 'image/jpeg', body: `photo of ${shown}` },
  ])
  return {
    documents: {
      [paths.update]: { type: 'application/xml', body: update(host) },
      [paths.tab]: { type: 'text/html', body: '<!DOCTYPE html><title>News</title><p>News of the company</p>' },
      [paths.icon]: { type: 'image/png', body: 'icon of the news' },
      ...Object.fromEntries(photos),
    },
  }
}

/** What Unified CM tells Jabber about it in jabber-config.xml (wire facts §5.3, §9.2, §9.3). */
export function jabberPages({ topology }: PlanFacts): unknown {
  const [name] = namesOfRole(topology, 'web-host')
  if (name === undefined) return {}
  const host = fqdnOf(name, topology)
  return {
    updateUrl: `http://${host}${paths.update}`,
    photoUri: `http://${host}${paths.photos}/%%uid%%.jpg`,
    customTabs: [{ tooltip: 'News', icon: `https://${host}${paths.icon}`, url: `https://${host}${paths.tab}` }],
  }
}

function update(host: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<JabberUpdate>
<App name="JabberWin"><LatestBuildNum>19100</LatestBuildNum><LatestVersion>9.7.1</LatestVersion><Message>Security update</Message><DownloadURL>http://${host}/jabber/CiscoJabberSetup.msi</DownloadURL></App>
</JabberUpdate>
`
}
