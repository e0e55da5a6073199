// The name of an attachment's pod, or of its container, as a link to all of it.

import type { AttachmentKey } from "../../host-funcs/context.ts";

type Named = AttachmentKey & { readonly podNamespace: string; readonly podName: string };

export function AttachmentLink({ attachment }: { readonly attachment: Named }) {
  const { podNamespace, podName, containerId } = attachment;
  return (
    <a href={attachmentPath(attachment)} title={containerId}>
      {podName === "" ? containerId.slice(0, 12) : `${podNamespace}/${podName}`}
    </a>
  );
}

export function attachmentPath({ network, containerId, ifname }: AttachmentKey): string {
  return `/attachments/${[network, containerId, ifname].map(encodeURIComponent).join("/")}`;
}
