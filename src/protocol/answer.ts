/** What a New Session answers: the driver's own capabilities, and by which URLs its client reaches the session's other sockets. */
import type { Capabilities } from './capabilities.js'
import type { Reached } from './reached-by.js'
import type { Session } from './remote-end.js'

export function answerOf ({ id, capabilities, browserVersion, doors, isolation, isolationReason }: Session, { ws }: Reached): Capabilities {
  const own = `${ws}/session/${id}`
  return {
    ...capabilities,
    ...doors.includes('cdp')
      ? { 'se:cdp': `${own}/se/cdp`, 'se:cdpVersion': browserVersion }
      : { 'se:cdpEnabled': false },
    ...isolation === undefined ? {} : { 'tggrid:isolation': isolation },
    ...isolationReason === undefined ? {} : { 'tggrid:isolationReason': isolationReason },
    ...doors.includes('vnc') ? { 'se:vncEnabled': true, 'se:vnc': `${own}/se/vnc` } : {},
    // The driver's URL names its own port; the path is the specification's (WebDriver BiDi, §5.4).
    ...typeof capabilities['webSocketUrl'] === 'string' ? { webSocketUrl: own, 'se:gridWebSocketUrl': own } : {}
  }
}
