"""The tests mirror the tree: each module is proven in the file of its name, or in the one that is named here."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tools.check_imports import ROOMS
from tools.sources import ROOT

TESTS = Path("tests")
DOTTED = re.compile(r"[a-z_]+(\.[a-z_]+)+")
LOOKED_AT = {"tools/screenshots.py"}
"""What only a person runs, to look at what it makes."""

PROVEN_IN: dict[str, str] = {
    "domain/countries/fees.py": "domain/countries/test_law.py",
    "domain/countries/half_years.py": "domain/countries/test_law.py",
    "domain/countries/interest.py": "domain/countries/test_law.py",
    "domain/countries/limitation.py": "domain/countries/test_law.py",
    "domain/countries/notices.py": "domain/countries/test_law.py",
    "domain/countries/sources.py": "domain/countries/test_law.py",
    "domain/countries/terms.py": "domain/countries/test_law.py",
    "domain/invoices/e_invoice.py": "connectors/e_invoices/test_peppol.py",
    "views/e_invoice.py": "web/api/test_e_invoices.py",
    "prediction/words/code.py": "prediction/words/test_learning.py",
    "prediction/words/apart.py": "prediction/words/test_learning.py",
    "facts/prediction/history_files.py": "terminal/test_history.py",
    "prediction/history/columns.py": "prediction/history/test_reading.py",
    "prediction/history/rough.py": "prediction/history/test_reading.py",
    "prediction/history/invoice_rows.py": "prediction/history/test_reading.py",
    "prediction/history/event_rows.py": "prediction/history/test_reading.py",
    "prediction/history/summary.py": "prediction/history/test_reading.py",
    "facts/prediction/versions.py": "commands/prediction/test_choice.py",
    "facts/deliveries/sortings.py": "activities/test_sort_words.py",
    "domain/parties/message_classes.py": "prediction/words/test_sorting.py",
    "facts/prediction/pages.py": "prediction/history/test_own.py",
    "prediction/history/allowed.py": "prediction/history/test_features.py",
    "prediction/words/features.py": "prediction/words/test_model.py",
    "prediction/words/train.py": "prediction/words/test_model.py",
    "domain/learned/behaviour.py": "prediction/payments/test_behaviour.py",
    "domain/learned/late_reasons.py": "prediction/payments/test_reasons.py",
    "domain/learned/segments.py": "prediction/payments/test_segments.py",
    "messages/templates.py": "messages/test_languages.py",
    "web/invoice_page/streams.py": "web/invoice_page/test_live.py",
    "domain/desk/parts.py": "web/desk/test_case.py",
    "domain/claim_words.py": "web/desk/test_notices.py",
    "domain/desk/reach.py": "web/desk/test_door.py",
    "facts/desk/audit.py": "web/desk/test_door.py",
    "facts/desk/incoming_calls.py": "web/desk/test_incoming.py",
    "facts/desk/drafts.py": "web/desk/test_drafts.py",
    "facts/desk/sessions.py": "web/desk/test_door.py",
    "views/callers.py": "web/desk/test_incoming.py",
    "facts/desk/users.py": "web/desk/test_sign_in.py",
    "facts/desk/within.py": "web/desk/test_door.py",
    "commands/debtor/letter_in.py": "web/desk/test_letters.py",
    "facts/desk/saved_replies.py": "web/desk/test_saved_replies.py",
    "facts/desk/threads.py": "web/desk/test_thread.py",
    "views/inbox.py": "web/desk/test_inbox.py",
    "views/inbox_thread.py": "web/desk/test_thread.py",
    "simulator/staff.py": "web/desk/test_sign_in.py",
    "web/desk/audit.py": "web/desk/test_system.py",
    "activities/jobs/many.py": "web/desk/test_many.py",
    "facts/operations/many.py": "web/desk/test_many.py",
    "relays/many_starter.py": "workflows/test_many.py",
    "commands/case/due_date.py": "web/desk/test_acts.py",
    "commands/case/note.py": "web/desk/test_acts.py",
    "commands/case/pay_back.py": "web/desk/test_acts.py",
    "commands/case/send_link.py": "web/desk/test_acts.py",
    "commands/case/settle_delivery.py": "web/desk/test_queues.py",
    "views/unanswered.py": "web/desk/test_queues.py",
    "web/desk/flagged_files.py": "web/desk/test_queues.py",
    "web/desk/unanswered.py": "web/desk/test_queues.py",
    "commands/case/waive_fees.py": "web/desk/test_acts.py",
    "commands/foreseen.py": "web/desk/test_acts.py",
    "views/news_since.py": "web/desk/test_acts.py",
    "web/desk/act_form.py": "web/desk/test_acts.py",
    "web/desk/at_case.py": "web/desk/test_acts.py",
    "web/desk/coming.py": "web/desk/test_acts.py",
    "web/desk/fields.py": "web/desk/test_acts.py",
    "web/desk/undo.py": "web/desk/test_acts.py",
    "views/as_sent.py": "web/desk/test_sent.py",
    "views/case_card.py": "web/desk/test_case.py",
    "views/debtor_cases.py": "web/desk/test_debtor.py",
    "views/set_up.py": "web/desk/test_creditors.py",
    "views/timeline.py": "web/desk/test_timeline.py",
    "facts/desk/presence.py": "web/desk/test_live.py",
    "web/desk/open_pages.py": "web/desk/test_live.py",
    "web/desk/shown.py": "web/desk/test_live.py",
    "web/desk/doors.py": "web/desk/test_door.py",
    "web/desk/told.py": "web/desk/test_case.py",
    "web/desk/keys.py": "web/desk/test_users.py",
    "domain/planner/sample.py": "terminal/test_policies.py",
    "views/coming.py": "web/desk/test_reports.py",
    "views/steps_of_a_day.py": "web/desk/test_reports.py",
    "web/desk/policies.py": "web/desk/test_reports.py",
    "views/queues.py": "web/desk/test_queues.py",
    "web/desk/typed.py": "web/desk/test_users.py",
    "web/desk/webhooks.py": "web/desk/test_users.py",
    "web/desk/home.py": "web/desk/test_lists.py",
    "web/api/card_links.py": "web/desk/test_card.py",
    "web/desk/seen_cases.py": "web/desk/test_lists.py",
    "web/desk/pinned.py": "web/desk/test_lists.py",
    "facts/desk/own_lists.py": "web/desk/test_lists.py",
    "commands/announce.py": "web/desk/test_notices.py",
    "domain/announcements.py": "web/desk/test_notices.py",
    "facts/announcements.py": "activities/jobs/test_announcements.py",
    "views/announced.py": "web/desk/test_notices.py",
    "facts/desk/pins.py": "web/desk/test_lists.py",
    "views/desk_cases.py": "views/test_search.py",
    "web/desk/pages.py": "web/desk/test_door.py",
    # Acts and jobs, as cases and days live them.
    "activities/cases/compose.py": "goldens/test_documents.py",
    "activities/jobs/breaker.py": "workflows/test_daily.py",
    "activities/jobs/hand_offs.py": "workflows/test_daily.py",
    "activities/jobs/letters.py": "workflows/test_daily.py",
    "domain/dossier.py": "views/test_dossier.py",
    "facts/cases/dossiers.py": "terminal/test_dossiers.py",
    "views/dossier_page.py": "views/test_dossier.py",
    "commands/collection/told.py": "web/webhooks/test_collection_partner.py",
    "connectors/collection_partner/api.py": "activities/jobs/test_partners.py",
    "domain/planner/partner_answers.py": "commands/collection/test_answers.py",
    "facts/collection/requests.py": "activities/jobs/test_partners.py",
    "simulator/emulators/collection_partner.py": "activities/jobs/test_partners.py",
    "activities/jobs/losses.py": "facts/money/test_losses.py",
    "commands/case/write_off.py": "facts/money/test_losses.py",
    "activities/jobs/sweep.py": "workflows/test_daily.py",
    "activities/invoice_files.py": "terminal/test_importing.py",
    "activities/mandate_files.py": "activities/test_bank_files.py",
    "activities/schedules.py": "workflows/test_daily.py",
    "workflows/reading.py": "workflows/test_signals.py",
    "planning/service.py": "activities/cases/test_decide.py",
    "composition.py": "workflows/test_dunning.py",
    "worker.py": "workflows/test_replay.py",
    "domain/money/exchange_rates.py": "views/reports/test_own_currency.py",
    "facts/money/exchange_rates.py": "views/reports/test_own_currency.py",
    "web/api/exchange_rates.py": "web/api/test_reports.py",
    "views/reports/registry.py": "views/reports/test_receivables.py",
    "connectors/spreadsheet.py": "web/api/test_reports.py",
    "connectors/bank_files/camt/orders.py": "connectors/bank_files/camt/test_parse.py",
    "connectors/voucher_files.py": "activities/jobs/test_vouchers.py",
    "domain/money/voucher_rows.py": "activities/jobs/test_vouchers.py",
    "views/vouchers.py": "web/api/test_vouchers.py",
    "facts/money/due_dates.py": "facts/money/test_receivables.py",
    "domain/money/goals.py": "views/reports/test_goals.py",
    "domain/parties/customers_kept.py": "views/test_customers_kept.py",
    "activities/watched_folder.py": "activities/test_invoice_folder.py",
    "web/invoice_page/beside.py": "web/invoice_page/test_content.py",
    "commands/debtor/silence.py": "web/invoice_page/test_unsubscribe.py",
    "commands/debtor/relation.py": "activities/test_relation_folder.py",
    "views/going_live.py": "terminal/test_creditors.py",
    "terminal/model_files.py": "terminal/test_content.py",
    "terminal/going_live.py": "terminal/test_creditors.py",
    "domain/parties/families.py": "facts/parties/test_families.py",
    "domain/parties/agencies.py": "domain/policy/test_loader.py",
    "simulator/casts/home.py": "simulator/casts/test_registry.py",
    "simulator/casts/no.py": "simulator/casts/test_registry.py",
    "simulator/casts/se.py": "simulator/casts/test_registry.py",
    "simulator/casts/fi.py": "simulator/casts/test_registry.py",
    "simulator/offices/camt_statement.py": "simulator/casts/test_registry.py",
    "simulator/approved.py": "channels/test_whatsapp_templates.py",
    "domain/parties/incoming_relation.py": "connectors/test_customer_relations.py",
    "domain/agreements/pauses.py": "commands/debtor/test_replies.py",
    "web/invoice_page/budget.py": "web/invoice_page/test_plan.py",
    "web/invoice_page/pauses.py": "web/invoice_page/test_page.py",
    "web/invoice_page/once.py": "web/invoice_page/test_plan.py",
    "web/invoice_page/sentences.py": "web/invoice_page/test_plan.py",
    "domain/money/reference_agreements.py": "domain/money/test_references.py",
    "domain/countries/check_digits.py": "domain/money/test_references.py",
    "domain/written.py": "terminal/test_parse.py",
    "views/filters.py": "terminal/test_where.py",
    "views/invoices.py": "web/api/test_lists.py",
    "views/listed.py": "web/api/test_lists.py",
    "views/lists.py": "web/api/test_lists.py",
    "web/api/listed.py": "web/api/test_lists.py",
    "web/__main__.py": "web/test_patience.py",
    "web/operations/problem_pages.py": "web/test_problem_kinds.py",
    # Channels share what they promise; two of them are one provider's.
    "channels/channel.py": "test_added_from_outside.py",
    "channels/specs.py": "test_added_from_outside.py",
    "channels/nobody.py": "relays/test_clock_mover.py",
    "channels/outcomes.py": "channels/test_email.py",
    "channels/transport.py": "channels/test_email.py",
    "channels/sms.py": "workflows/test_acts.py",
    "domain/money/statement.py": "facts/money/test_statements.py",
    "domain/money/matching/of_statement.py": "facts/money/test_statements.py",
    "facts/money/own_references.py": "facts/money/test_statements.py",
    "facts/parties/id_keys.py": "web/api/test_ids.py",
    "views/statement.py": "facts/money/test_statements.py",
    "domain/money/sources.py": "activities/cases/test_decide.py",
    "domain/money/ways_to_pay.py": "web/invoice_page/test_paying.py",
    # Commands at their one road, and at the door that asks for them.
    "commands/command.py": "commands/test_record.py",
    "commands/registry.py": "web/api/test_a_command_from_outside.py",
    "commands/agreement/plan.py": "facts/agreements/test_plans.py",
    "commands/case/dispute.py": "workflows/test_commands.py",
    "commands/case/hand_off.py": "workflows/test_commands.py",
    "commands/case/hold.py": "commands/test_record.py",
    "commands/case/steps.py": "workflows/test_commands.py",
    "facts/deliveries/reply_files.py": "web/webhooks/test_mail.py",
    "facts/money/said_paid.py": "web/invoice_page/test_already_paid.py",
    "facts/parties/own_contacts.py": "web/invoice_page/test_right.py",
    "web/invoice_page/attached.py": "web/invoice_page/test_messages.py",
    "simulator/pages_to_open.py": "browser/test_states.py",
    "views/history.py": "web/invoice_page/test_history.py",
    "views/receipt.py": "web/invoice_page/test_receipt.py",
    "views/conversation.py": "web/invoice_page/test_messages.py",
    "facts/deliveries/answers.py": "commands/debtor/test_answer.py",
    "views/answer_times.py": "commands/debtor/test_answer.py",
    "views/contacts.py": "commands/debtor/test_contact.py",
    "views/thread.py": "commands/debtor/test_contact.py",
    "commands/debtor/named.py": "commands/debtor/test_replies.py",
    "commands/debtor/open_services.py": "commands/debtor/test_change.py",
    "facts/parties/adviser_codes.py": "web/adviser_page/test_prove.py",
    "facts/parties/one_time_codes.py": "web/invoice_page/test_prove.py",
    "facts/parties/page_codes.py": "web/invoice_page/test_prove.py",
    "web/outside_message.py": "web/invoice_page/test_confirm.py",
    "web/adviser_page/code_message.py": "web/adviser_page/test_prove.py",
    "commands/debtor/written_about.py": "commands/debtor/test_whose.py",
    "commands/debtor/agreed.py": "web/webhooks/test_twilio.py",
    "commands/debtor/caller.py": "web/webhooks/test_twilio.py",
    "commands/debtor/mail.py": "web/webhooks/test_mail.py",
    "commands/debtor/said.py": "commands/debtor/test_replies.py",
    "domain/parties/automatic_mail.py": "web/webhooks/test_mail.py",
    "domain/parties/mail.py": "web/webhooks/test_mail.py",
    "connectors/checked_files.py": "web/invoice_page/test_messages.py",
    "commands/money/ask_provider.py": "web/invoice_page/test_pay.py",
    "commands/task/finish.py": "facts/operations/test_tasks.py",
    "commands/task/call_file.py": "web/api/test_calls.py",
    "connectors/call_files.py": "web/api/test_calls.py",
    "facts/operations/calls.py": "commands/task/test_call.py",
    "views/calls.py": "commands/task/test_call.py",
    # Settings that only run whole.
    "config/rule_folders.py": "config/test_settings.py",
    "config/search_attributes.py": "config/test_embedded.py",
    "config/temporal.py": "terminal/test_connection.py",
    # What readers of files share.
    "connectors/direct_debit/autogiro_answer.py": "connectors/direct_debit/test_autogiro.py",
    "connectors/direct_debit/autogiro_list.py": "connectors/direct_debit/test_autogiro_amendments.py",
    "connectors/direct_debit/centre_file.py": "activities/jobs/test_autogiro.py",
    "connectors/direct_debit/mandate_list.py": "connectors/direct_debit/test_avtalegiro.py",
    "connectors/direct_debit/unwritable.py": "connectors/direct_debit/test_autogiro_orders.py",
    "domain/agreements/mandate_answers.py": "connectors/direct_debit/test_autogiro_mandates.py",
    "activities/draw_answers.py": "activities/jobs/test_autogiro.py",
    "activities/jobs/draw_files.py": "activities/jobs/test_autogiro.py",
    "facts/direct_debit/answers.py": "activities/jobs/test_autogiro.py",
    "facts/direct_debit/mandate_orders.py": "activities/jobs/test_autogiro.py",
    "connectors/bank_files/bank_file.py": "connectors/bank_files/test_reader.py",
    "connectors/bank_files/finnish_text.py": "connectors/bank_files/test_ktl.py",
    "connectors/bank_files/records.py": "connectors/bank_files/test_reader.py",
    "connectors/bank_files/camt/amounts.py": "connectors/bank_files/camt/test_parse.py",
    "connectors/bank_files/camt/elements.py": "connectors/bank_files/camt/test_parse.py",
    "connectors/bank_files/camt/entry.py": "connectors/bank_files/camt/test_parse.py",
    "connectors/bank_files/camt/message.py": "connectors/bank_files/camt/test_parse.py",
    "connectors/bank_files/camt/remittance.py": "connectors/bank_files/camt/test_parse.py",
    "connectors/bank_files/camt/returns.py": "connectors/bank_files/camt/test_parse.py",
    "connectors/direct_debit/folder.py": "activities/jobs/test_direct_debit.py",
    "connectors/invoice_files/read_invoice.py": "connectors/invoice_files/test_csv_file.py",
    "connectors/invoice_files/report.py": "connectors/invoice_files/test_csv_file.py",
    "connectors/invoice_files/text_lines.py": "connectors/invoice_files/test_csv_file.py",
    "connectors/invoice_files/ubl/dates.py": "connectors/invoice_files/test_ubl.py",
    "connectors/invoice_files/ubl/document.py": "connectors/invoice_files/test_ubl.py",
    "connectors/invoice_files/ubl/document_type.py": "connectors/invoice_files/test_ubl.py",
    "connectors/invoice_files/ubl/invoice_lines.py": "connectors/invoice_files/test_ubl.py",
    "connectors/invoice_files/ubl/own_pdf.py": "connectors/invoice_files/test_ubl.py",
    "connectors/invoice_files/ubl/parties.py": "connectors/invoice_files/test_ubl.py",
    "connectors/invoice_files/ubl/payment_means.py": "connectors/invoice_files/test_ubl.py",
    "connectors/invoice_files/ubl/read.py": "connectors/invoice_files/test_ubl.py",
    "connectors/invoice_files/ubl/references.py": "connectors/invoice_files/test_ubl.py",
    "connectors/invoice_files/ubl/root.py": "connectors/invoice_files/test_ubl.py",
    "connectors/invoice_files/ubl/supply.py": "connectors/e_invoices/test_peppol.py",
    "connectors/invoice_files/ubl/totals.py": "connectors/invoice_files/test_ubl.py",
    "connectors/windows_text.py": "connectors/invoice_files/test_ubl.py",
    "connectors/xml_lines.py": "connectors/invoice_files/test_ubl.py",
    "domain/invoices/crediting.py": "facts/invoices/test_invoices.py",
    "domain/invoices/once.py": "facts/invoices/test_invoices.py",
    "connectors/payment_providers/provider.py": "connectors/payment_providers/test_stripe_checkout.py",
    "connectors/published_files.py": "connectors/test_whole_files.py",
    # Rules that are one with another: the planner decides by all its parts together.
    "domain/countries/no.py": "domain/countries/test_country.py",
    "domain/countries/registry.py": "domain/countries/test_country.py",
    "domain/invariant.py": "workflows/test_invariants.py",
    "domain/located_yaml.py": "domain/policy/test_loader.py",
    "domain/money/matching/amounts.py": "domain/money/matching/test_verdict.py",
    "domain/money/matching/ranking.py": "domain/money/matching/test_verdict.py",
    "views/debtor_standing.py": "terminal/test_debtors.py",
    "domain/parties/life_events.py": "domain/parties/test_standing.py",
    "domain/planner/action.py": "domain/planner/test_planner.py",
    "domain/planner/chain.py": "domain/planner/test_planner.py",
    "domain/planner/effects.py": "oracle/test_foreseen.py",
    "domain/planner/flags.py": "test_docs.py",
    "domain/planner/gates.py": "domain/planner/test_planner.py",
    "domain/planner/progress.py": "domain/planner/test_planner.py",
    "domain/planner/send_now.py": "domain/planner/test_told.py",
    "domain/planner/timing.py": "domain/planner/test_planner.py",
    "domain/planner/walk.py": "domain/planner/test_planner.py",
    "domain/policy/check.py": "domain/policy/test_loader.py",
    "domain/policy/policy.py": "domain/policy/test_loader.py",
    "domain/vocabulary.py": "test_added_from_outside.py",
    # What is stored, by what is done with it.
    "facts/cases/json_record.py": "facts/cases/test_load.py",
    "facts/cases/mandate_in_use.py": "facts/direct_debit/test_claims.py",
    "facts/cases/locks.py": "workflows/test_joint_message.py",
    "facts/clock.py": "relays/test_outbox_relay.py",
    "facts/collection/partner.py": "facts/collection/test_hand_offs.py",
    "facts/deliveries/message_facts.py": "goldens/test_documents.py",
    "facts/deliveries/replies.py": "commands/debtor/test_replies.py",
    "facts/diary.py": "commands/test_record.py",
    "facts/invoices/before.py": "facts/invoices/test_invoices.py",
    "facts/money/after_money.py": "facts/money/test_postings.py",
    "facts/direct_debit/files.py": "activities/jobs/test_direct_debit.py",
    "facts/direct_debit/outcomes.py": "facts/direct_debit/test_claims.py",
    "facts/money/bank_accounts.py": "facts/money/test_payments.py",
    "facts/money/charges.py": "workflows/test_interest.py",
    "facts/money/ledger.py": "facts/money/test_ledger_properties.py",
    "facts/money/refunds.py": "facts/money/test_review.py",
    "facts/deliveries/restored.py": "terminal/test_restored.py",
    "facts/operations/after_restore.py": "terminal/test_restored.py",
    "terminal/restored_sources.py": "terminal/test_restored.py",
    "facts/operations/outages.py": "relays/test_outage_watch.py",
    "facts/operations/running.py": "relays/test_worker_watch.py",
    "facts/operations/vital_signs.py": "facts/operations/test_sweep.py",
    "domain/parties/freshness.py": "facts/parties/test_contacts.py",
    "facts/received.py": "commands/test_record.py",
    "facts/refusals.py": "web/test_problems.py",
    "facts/tables.py": "goldens/test_schema.py",
    # Words and pages, as they are read.
    "messages/content.py": "messages/test_render.py",
    "messages/figures.py": "messages/test_words.py",
    "messages/letter.py": "channels/test_letter.py",
    "messages/specs.py": "messages/test_words.py",
    "views/forecast.py": "terminal/test_forecasts.py",
    "views/invoice_view.py": "web/invoice_page/test_page.py",
    "views/names.py": "terminal/test_cases.py",
    "views/status.py": "web/api/test_invoices.py",
    "web/api/idempotency.py": "web/test_turns.py",
    "web/invoice_page/about.py": "web/invoice_page/test_page.py",
    "web/invoice_page/arrange.py": "web/invoice_page/test_page.py",
    "web/invoice_page/ask_provider.py": "web/invoice_page/test_pay.py",
    "simulator/emulators/identity.py": "connectors/identity/test_openid.py",
    "web/invoice_page/cookie.py": "web/invoice_page/test_link.py",
    "web/invoice_page/direct_debit.py": "web/invoice_page/test_page.py",
    "web/invoice_page/more_time.py": "web/invoice_page/test_page.py",
    "web/invoice_page/section.py": "web/invoice_page/test_page.py",
    "web/invoice_page/shown.py": "web/invoice_page/test_page.py",
    "commands/debtor/revoke_links.py": "web/api/test_links.py",
    "facts/deliveries/link_revocations.py": "web/api/test_links.py",
    "web/invoice_page/seen.py": "web/invoice_page/test_link.py",
    "web/invoice_page/tell_us.py": "web/invoice_page/test_page.py",
    "web/invoice_page/wishes.py": "web/invoice_page/test_page.py",
    "web/pages.py": "web/invoice_page/test_page.py",
    "web/payment_methods/stripe.py": "web/invoice_page/test_paying.py",
    "web/payment_methods/vipps.py": "web/invoice_page/test_paying.py",
    "web/security.py": "web/test_app.py",
    "web/services.py": "web/test_app.py",
    "web/webhooks/payments.py": "web/webhooks/test_stripe.py",
    # The terminal, as it is typed.
    "starter.py": "terminal/test_usage.py",
    "terminal/case_list.py": "terminal/test_cases.py",
    "terminal/booking.py": "terminal/test_payments.py",
    "terminal/described.py": "terminal/test_many.py",
    "commands/many.py": "terminal/test_many.py",
    "connectors/csv_rows.py": "connectors/test_customer_relations.py",
    "connectors/direct_debit/mandate_csv.py": "terminal/test_direct_debit.py",
    "domain/agreements/taken_over.py": "terminal/test_direct_debit.py",
    "facts/direct_debit/taken_over.py": "terminal/test_direct_debit.py",
    "commands/case/outlook.py": "terminal/test_many.py",
    "commands/case/release_in_turns.py": "terminal/test_many.py",
    "domain/invoices/import_file.py": "terminal/test_many.py",
    "facts/invoices/import_files.py": "terminal/test_many.py",
    "views/selected.py": "terminal/test_many.py",
    "terminal/import_summary.py": "terminal/test_importing.py",
    "terminal/known.py": "terminal/test_importing.py",
    "terminal/past_due.py": "terminal/test_old_invoices.py",
    "terminal/overview.py": "terminal/test_usage.py",
    "terminal/servers.py": "terminal/test_connection.py",
    "terminal/starting.py": "terminal/test_cases.py",
    "terminal/storing.py": "terminal/test_importing.py",
    "terminal/tables.py": "terminal/test_output.py",
    "terminal/values.py": "terminal/test_output.py",
    "terminal/who.py": "terminal/test_usage.py",
    # The world outside that is simulated: it is right when the demo lives and the real SDKs talk to it.
    "simulator/acceptance/case.py": "simulator/test_acceptance.py",
    "simulator/acceptance/cases.py": "simulator/test_acceptance.py",
    "simulator/acceptance/letters.py": "simulator/test_acceptance.py",
    "simulator/acceptance/lives.py": "simulator/test_acceptance.py",
    "simulator/acceptance/money.py": "simulator/test_acceptance.py",
    "simulator/acceptance/playing.py": "simulator/test_demo.py",
    "simulator/acceptance/seen.py": "simulator/test_demo.py",
    "simulator/acceptance/stage.py": "simulator/test_demo.py",
    "simulator/agenda.py": "simulator/test_demo.py",
    "simulator/cast.py": "simulator/test_people.py",
    "simulator/clock.py": "simulator/test_demo.py",
    "simulator/debtors.py": "simulator/test_people.py",
    "simulator/laws.py": "simulator/test_demo.py",
    "simulator/left_waiting.py": "simulator/test_demo.py",
    "simulator/live_view.py": "simulator/test_rules.py",
    "simulator/newcomers.py": "simulator/test_demo.py",
    "simulator/report.py": "simulator/test_demo.py",
    "simulator/servers.py": "simulator/test_demo.py",
    "simulator/portfolio/figures.py": "simulator/portfolio/test_demo.py",
    "simulator/portfolio/told.py": "simulator/portfolio/test_demo.py",
    "simulator/emulators/callbacks.py": "web/webhooks/test_stripe.py",
    "simulator/emulators/providers.py": "simulator/emulators/test_twilio.py",
    "simulator/emulators/vipps.py": "connectors/payment_providers/test_vipps.py",
    "simulator/offices/bank.py": "activities/test_bank_files.py",
    "simulator/offices/daily_work.py": "simulator/test_demo.py",
    # Tools, by what they make.
    "tools/chromium.py": "browser/test_invoice_page.py",
    "tools/go_build.py": "tools/test_temporal_cli.py",
    "tools/sources.py": "tools/test_check_clock.py",
}
"""A module without a file of its own: the file under `tests/` that proves it."""

SUBJECTS = [
    "browser",
    "crash",
    "domain/planner/test_where_they_live.py",
    "goldens",
    "lives",
    "oracle",
    "web/desk/test_drafts.py",
    "web/desk/test_every_act.py",
    "web/desk/test_hostile_words.py",
    "web/desk/test_out_of_reach.py",
    "activities/jobs/test_announcements_to_many.py",
    "activities/jobs/test_autogiro.py",
    "activities/cases/test_two_laws.py",
    "activities/jobs/test_each.py",
    "commands/debtor/test_cases_of_practice.py",
    "connectors/e_invoices/test_official_rules.py",
    "domain/countries/test_every_row.py",
    "domain/countries/test_named_elsewhere.py",
    "domain/planner/test_planner_properties.py",
    "facts/invoices/test_already_sent.py",
    "facts/money/test_late_facts.py",
    "facts/money/test_ledger_properties.py",
    "facts/money/test_lives.py",
    "messages/test_drawn_codes.py",
    "messages/test_notice_parts.py",
    "facts/money/test_outcomes.py",
    "facts/money/test_what_goes_back.py",
    "facts/test_local_days.py",
    "facts/test_one_writer.py",
    "facts/test_statements.py",
    "relays/test_every_event.py",
    "messages/test_remains.py",
    "terminal/test_dry_run.py",
    "terminal/test_old_invoices.py",
    "terminal/test_usage.py",
    "web/desk/test_timeline.py",
    "web/test_generated_client.py",
    "web/test_mutated_requests.py",
    "web/test_walls.py",
    "test_added_from_outside.py",
    "test_compose.py",
    "test_docs.py",
    "test_docs_as_written.py",
    "test_words_of_the_docs.py",
    "test_mirror.py",
    "test_personal_data.py",
    "test_reached.py",
    "web/api/test_a_command_from_outside.py",
    "web/test_openapi.py",
    "web/test_paid_and_closed.py",
    "workflows",
    "web/operations/test_alerts.py",
]
"""Files and folders under `tests/` that are about a subject rather than a module: a life, a promise, a rule of the house."""


def modules() -> Iterator[Path]:
    """Every module of the product that has code of its own."""
    for room in ROOMS - {"benchmarks"}:
        for file in (*(ROOT / room).rglob("*.py"), ROOT / f"{room}.py"):
            if file.name != "__init__.py" and "migrations" not in file.parts and file.is_file():
                yield file.relative_to(ROOT)


def own_test(module: Path) -> Path:
    """The test file of a module's name."""
    return TESTS / module.parent / f"test_{module.name}"


@cache
def imported(file: Path) -> frozenset[Path]:
    """The files of the project that a file imports, however it says so; what the root's conftest brings proves nothing."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value):
            names.add(node.value)  # what is started by its name
    files = (Path(*name.split(".")).with_suffix(".py") for name in names)
    conftests = (
        parent / "conftest.py" for parent in file.parents if parent.parts[:1] == TESTS.parts and parent != TESTS
    )
    return frozenset(found for found in (*files, *conftests) if (ROOT / found).is_file() and found != file)


def reached(file: Path) -> set[Path]:
    """The files that a test file comes to by its imports, and theirs."""
    seen, ahead = set[Path](), [file]
    while ahead:
        for found in imported(ahead.pop()) - seen:
            seen.add(found)
            ahead.append(found)
    return seen


def test_every_module_is_proven_in_the_file_of_its_name_or_in_the_one_that_is_named() -> None:
    bare = [str(module) for module in modules() if not (ROOT / own_test(module)).is_file()]
    missing = sorted(set(bare) - PROVEN_IN.keys() - LOOKED_AT)
    assert missing == [], "give each a test file of its name, or name the one that proves it in PROVEN_IN"
    needless = sorted(PROVEN_IN.keys() - set(bare))
    assert needless == [], "these have a test file of their own, or are gone: take them out of PROVEN_IN"


def test_what_is_named_as_proof_is_there_and_comes_to_the_module() -> None:
    unproven = [
        f"{module}: {proof}"
        for module, proof in PROVEN_IN.items()
        if not (ROOT / TESTS / proof).is_file() or Path(module) not in reached(TESTS / proof)
    ]
    assert unproven == []


def test_every_test_file_is_named_after_a_module_or_a_subject() -> None:
    named = {own_test(module) for module in modules()}
    of_rooms = {TESTS / module.parent.parent / f"test_{module.parent.name}.py" for module in modules()}
    strange = [
        str(file.relative_to(TESTS))
        for file in (each.relative_to(ROOT) for each in (ROOT / TESTS).rglob("test_*.py"))
        if file not in named | of_rooms
        and not any(file.relative_to(TESTS).is_relative_to(subject) for subject in SUBJECTS)
    ]
    assert sorted(strange) == [], "name it after its module, or name its subject in SUBJECTS"


def test_every_subject_is_there() -> None:
    assert [subject for subject in SUBJECTS if not (ROOT / TESTS / subject).exists()] == []
