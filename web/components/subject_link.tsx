// `network/container/ifname` as a link to the attachment, whether it is still there or not.

import { attachmentPath } from "./attachment_link.tsx";

export function SubjectLink({ subject }: { readonly subject: string }) {
  const [network = "", containerId = "", ifname = ""] = subject.split("/");
  if (containerId === "" || ifname === "") return <span>{subject}</span>;
  return (
    <a href={attachmentPath({ network, containerId, ifname })} title={subject}>
      {network}/{containerId.slice(0, 12)}/{ifname}
    </a>
  );
}
