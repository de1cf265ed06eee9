import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillDestroy, useExternalListener, useRef, useState } from "@odoo/owl";

const SECONDS_TO_ANSWER = 10;
const LOWEST = 100;
const HIGHEST = 4000;

/** Parcours beside the opportunity, in a frame: the only thing that goes there is a token that lives for a minute. */
export class ParcoursPanel extends Component {
    static template = "parcours.Panel";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.frame = useRef("frame");
        this.state = useState({ status: "new", round: 0, src: "", missing: "", canSetUp: false, height: 0 });
        this.shown = undefined;
        this.round = 0;
        useExternalListener(window, "message", (ev) => this.onMessage(ev));
        onWillDestroy(() => this.begin());
        useRecordObserver((record) => this.show(record.resId));
    }

    get title() {
        return _t("Parcours: the guide through this opportunity");
    }

    /** Called whenever anything of the record changes: only another record opens another frame. */
    show(id) {
        if (id !== this.shown) {
            this.shown = id;
            this.open();
        }
    }

    async open() {
        const round = this.begin();
        Object.assign(this.state, { status: this.shown ? "loading" : "new", src: "", height: 0, round });
        if (!this.shown) {
            return;
        }
        this.timer = setTimeout(() => this.fail(round), SECONDS_TO_ANSWER * 1000);
        try {
            const way = await this.launch();
            if (round === this.round) {
                this.enter(way);
            }
        } catch {
            this.fail(round);
        }
    }

    /** What belongs to an earlier frame counts no more. */
    begin() {
        clearTimeout(this.timer);
        this.round += 1;
        return this.round;
    }

    enter(way) {
        if (way.missing) {
            clearTimeout(this.timer);
            Object.assign(this.state, { status: "missing", missing: way.missing, canSetUp: way.can_set_up });
            return;
        }
        this.origin = new URL(way.address).origin;
        // Behind the #, the token comes into no log and no Referer.
        this.state.src = `${way.address}/embed/${encodeURIComponent(way.connection)}#launch=${way.token}`;
    }

    fail(round) {
        if (round === this.round && this.state.status === "loading") {
            this.begin();
            Object.assign(this.state, { status: "silent", src: "" });
        }
    }

    launch() {
        return this.orm.silent.call("crm.lead", "parcours_launch", [[this.shown]]);
    }

    onMessage(ev) {
        const frame = this.frame.el;
        if (!frame || ev.source !== frame.contentWindow || ev.origin !== this.origin) {
            return;
        }
        const said = ev.data;
        if (!said || typeof said !== "object") {
            return;
        }
        const answers = { ready: this.onReady, changed: this.onChanged, launch: this.onLaunch, height: this.onHeight };
        if (typeof said.parcours === "string" && Object.hasOwn(answers, said.parcours)) {
            answers[said.parcours].call(this, said);
        }
    }

    onReady() {
        clearTimeout(this.timer);
        this.state.status = "ready";
    }

    async onChanged() {
        const record = this.props.record;
        // What the user is typing stays; the record is read again anyway when they save it.
        if (!(await record.isDirty())) {
            await record.load();
        }
        this.env.bus.trigger("MAIL:RELOAD-THREAD", { model: record.resModel, id: record.resId });
    }

    /** The frame's own session ended: a fresh token, and the frame stays as it is. */
    async onLaunch() {
        const round = this.round;
        const way = await this.launch().catch(() => null);
        if (way && way.token && round === this.round) {
            this.frame.el?.contentWindow.postMessage({ parcours: "launch", token: way.token }, this.origin);
        }
    }

    onHeight({ value }) {
        if (Number.isInteger(value) && value >= LOWEST && value <= HIGHEST) {
            this.state.height = value;
        }
    }

    openSettings() {
        this.action.doAction("base_setup.action_general_configuration", { additionalContext: { module: "parcours" } });
    }
}

export const parcoursPanel = { component: ParcoursPanel };

registry.category("view_widgets").add("parcours_panel", parcoursPanel);
