// What happens on the node, as it happens.

import type { EventsAnswer } from "../api/events.ts";
import { ActionButton } from "../components/action_button.tsx";
import { SubjectLink } from "../components/subject_link.tsx";
import { type Column, FilteredTable } from "../components/table.tsx";
import { type Page, type PageProps, sameQuery } from "../page.ts";

export const eventsPage: Page<EventsAnswer> = {
  name: "events",
  path: "/events",
  entry: "Events",
  title: () => "Events",
  api: sameQuery("/events"),
  topics: ["events"],
  View,
};

type Event = EventsAnswer["rows"][number];

const COLUMNS: readonly Column<Event>[] = [
  { name: "at", heading: "When", cell: ({ at }) => when(at), filters: false, sorts: false },
  { name: "level", heading: "Level", cell: ({ level }) => <span class={`tag ${level}`}>{level}</span>, sorts: false },
  { name: "kind", heading: "What", cell: ({ kind }) => kind, sorts: false },
  {
    name: "subject",
    heading: "Of",
    cell: ({ subject }) => subject === undefined ? "" : <SubjectLink subject={subject} />,
    sorts: false,
  },
  { name: "text", heading: "Event", cell: ({ text }) => text, sorts: false },
];

function View({ data, url, csrf }: PageProps<EventsAnswer>) {
  return (
    <>
      <p>Calls that this agent served, what it did by itself, and what was asked for here. The newest are first.</p>
      {csrf === undefined ? null : (
        <ActionButton
          path="/api/v1/gc"
          csrf={csrf}
          text="Collect garbage"
          confirm="Remove what belongs to containers that are gone"
          well="Nothing is held for a container that is gone."
        />
      )}
      <FilteredTable
        caption="Events"
        noun="events"
        url={url}
        columns={COLUMNS}
        rows={data.rows}
        keyOf={({ number }) => String(number)}
        total={data.total}
        matched={data.matched}
        page={data.page}
        pages={data.pages}
        empty={<p>Nothing has happened since the agent began. Each CNI call will be here.</p>}
      />
    </>
  );
}

function when(at: number) {
  const text = new Date(at).toISOString();
  return <time dateTime={text}>{text.slice(11, 23)}</time>;
}
