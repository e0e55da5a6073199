// The name of an attachment's pod, or of its container, as a link to all of it.

import type { AttachmentKey } from "../../host-funcs/context.ts";

type Named = AttachmentKey & { readonly podNamespace: string; readonly podName: string };

/** @param short without its namespace, which stands beside it */
export function AttachmentLink({ attachment, short }: { readonly attachment: Named; readonly short?: boolean }) {
  const { podNamespace, podName, containerId } = attachment;
  return (
    <a href={attachmentPath(attachment)} title={containerId}>
      {podName === "" ? containerId.slice(0, 12) : short ? podName : `${podNamespace}/${podName}`}
    </a>
  );
}

export function attachmentPath({ network, containerId, ifname }: AttachmentKey): string {
  return `/attachments/${[network, containerId, ifname].map(encodeURIComponent).join("/")}`;
}
