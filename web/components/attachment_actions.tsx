// What can be asked for of an attachment, where actions are enabled.

import type { AttachmentKey } from "../../host-funcs/context.ts";
import { attachmentPath } from "./attachment_link.tsx";
import { ActionButton } from "./action_button.tsx";

interface AttachmentActionsProps {
  readonly attachment: AttachmentKey;
  readonly isDead: boolean;
  readonly csrf: string;
}

export function AttachmentActions({ attachment, isDead, csrf }: AttachmentActionsProps) {
  const path = `/api/v1${attachmentPath(attachment)}`;
  return (
    <div class="actions">
      <ActionButton
        path={`${path}/check`}
        csrf={csrf}
        text="CHECK now"
        well="Nothing differs from what its ADD has left."
      />
      {isDead
        ? (
          <ActionButton
            path={`${path}/release`}
            csrf={csrf}
            text="Release"
            well="Released."
            confirm="Release what is left of it"
          />
        )
        : null}
    </div>
  );
}
