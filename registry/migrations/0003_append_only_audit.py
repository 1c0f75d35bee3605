"""The database itself refuses to change the audit log (house.md H9)."""

from django.db import migrations

FORBID = """
CREATE FUNCTION registry_refuse_to_change_the_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_event_is_never_changed
    BEFORE UPDATE OR DELETE ON registry_auditevent
    FOR EACH ROW EXECUTE FUNCTION registry_refuse_to_change_the_audit_log();
CREATE TRIGGER audit_event_is_never_truncated
    BEFORE TRUNCATE ON registry_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_to_change_the_audit_log();
"""

ALLOW = """
DROP TRIGGER audit_event_is_never_truncated ON registry_auditevent;
DROP TRIGGER audit_event_is_never_changed ON registry_auditevent;
DROP FUNCTION registry_refuse_to_change_the_audit_log();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_tables")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
