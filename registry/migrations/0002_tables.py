"""The registry's tables."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('registry', '0001_extensions'),
    ]

    operations = [
        migrations.CreateModel(
            name='SubjectKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=255, unique=True)),
                ('key', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Artifact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(db_collation='C', max_length=64)),
                ('size_bytes', models.PositiveBigIntegerField(help_text='Null: no hub says. The largest, where listings disagree.', null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('sha256',), name='one_row_per_sha256'), models.CheckConstraint(condition=models.Q(('sha256', models.Func(models.Func(models.F('sha256'), models.Value('hex'), function='decode'), models.Value('hex'), function='encode', output_field=models.CharField())), django.db.models.lookups.Exact(django.db.models.functions.text.Length('sha256'), 64)), name='artifact_sha256_is_lower_case_hex')],
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(max_length=64)),
                ('actor', models.CharField(max_length=255)),
                ('target', models.CharField(max_length=255)),
                ('details', models.JSONField(default=dict)),
                ('commitments', models.JSONField(default=dict)),
                ('occurred_at', models.DateTimeField()),
                ('previous_hash', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64, unique=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('previous_hash',), name='the_audit_chain_never_forks')],
            },
        ),
        migrations.CreateModel(
            name='AuditText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=255)),
                ('field', models.CharField(max_length=64)),
                ('ciphertext', models.BinaryField()),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='texts', to='registry.auditevent')),
            ],
        ),
        migrations.CreateModel(
            name='HubModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hub', models.CharField(choices=[('civitai', 'Civitai'), ('huggingface', 'Hugging Face'), ('sample', 'Sample catalogue')], db_collation='C', max_length=32)),
                ('hub_model_id', models.CharField(db_collation='C', help_text='Civitai id or Hugging Face repo id.', max_length=255)),
                ('name', models.TextField()),
                ('url', models.TextField()),
                ('author', models.TextField(default='')),
                ('model_type', models.TextField(default='')),
                ('description', models.TextField(default='')),
                ('description_format', models.CharField(default='html', max_length=16)),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('state', models.CharField(choices=[('listed', 'listed'), ('gated', 'gated'), ('archived', 'archived'), ('taken_down', 'taken down'), ('disabled', 'disabled'), ('renamed', 'renamed'), ('withdrawn', 'withdrawn'), ('gone', 'gone')], default='listed', max_length=16)),
                ('moved_to', models.CharField(default='', help_text='hub_model_id after a rename.', max_length=255)),
                ('is_nsfw', models.BooleanField(default=False)),
                ('depicts_person', models.BooleanField(default=False)),
                ('depicts_minor', models.BooleanField(default=False)),
                ('is_checkpoint', models.BooleanField(default=True)),
                ('looks_merged', models.BooleanField(default=False)),
                ('first_seen_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField(help_text='When a reading of the page last differed.')),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['name'], name='hub_model_name_trigrams', opclasses=['gin_trgm_ops']), models.Index(django.db.models.functions.text.Upper('hub_model_id'), name='hub_model_by_id_in_any_case')],
                'constraints': [models.UniqueConstraint(fields=('hub', 'hub_model_id'), name='one_row_per_hub_page')],
            },
        ),
        migrations.CreateModel(
            name='Intervention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('suppress', 'Not shown'), ('erase', 'Erased'), ('dispute', 'Disputed')], max_length=16)),
                ('subject', models.CharField(max_length=300)),
                ('made_by', models.CharField(max_length=255)),
                ('made_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('kind', 'subject'), name='one_standing_intervention_per_kind_and_subject'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'erase'), _negated=True), ('lifted_at__isnull', True), _connector='OR'), name='an_erasure_is_never_lifted')],
            },
        ),
        migrations.CreateModel(
            name='LicenseClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('card', 'card'), ('hub_tag', 'hub tag'), ('flags', 'flags'), ('catalog', 'catalog'), ('author', 'author'), ('moderator', 'moderator')], max_length=16)),
                ('declared', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, help_text='Licence ids as written.', size=None)),
                ('license_name', models.TextField(default='')),
                ('license_link', models.TextField(default='')),
                ('flags', models.JSONField(default=dict)),
                ('grade', models.CharField(choices=[('E1', 'E1'), ('E2', 'E2'), ('E3', 'E3'), ('E4', 'E4'), ('E5', 'E5'), ('E6', 'E6')], max_length=2)),
                ('source_url', models.TextField(default='')),
                ('seen_at', models.DateTimeField()),
                ('hub_model', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='claims', to='registry.hubmodel')),
            ],
        ),
        migrations.CreateModel(
            name='ModelVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hub_version_id', models.CharField(db_collation='C', max_length=255)),
                ('name', models.TextField()),
                ('description', models.TextField(default='')),
                ('base_model', models.TextField(default='', help_text="Civitai's base label.")),
                ('published_at', models.DateTimeField(null=True)),
                ('has_complete_recipe', models.BooleanField(default=False)),
                ('first_seen_at', models.DateTimeField()),
                ('hub_model', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='registry.hubmodel')),
            ],
        ),
        migrations.CreateModel(
            name='ModelFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hub_file_id', models.TextField(help_text='Civitai file id; path in a Hugging Face repository.')),
                ('filename', models.TextField()),
                ('size_bytes', models.PositiveBigIntegerField(null=True)),
                ('kind', models.TextField(default='')),
                ('file_format', models.TextField(default='')),
                ('is_primary', models.BooleanField(default=False)),
                ('download_url', models.TextField(default='')),
                ('artifact', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='listings', to='registry.artifact')),
                ('version', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='files', to='registry.modelversion')),
            ],
        ),
        migrations.CreateModel(
            name='LineageEdge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('parent_ref', models.TextField(db_collation='C')),
                ('relation', models.CharField(choices=[('merge', 'merge'), ('finetune', 'finetune'), ('adapter', 'adapter'), ('quantized', 'quantized'), ('bundle', 'bundle'), ('runtime', 'runtime'), ('distill', 'distill'), ('dataset', 'dataset')], max_length=16)),
                ('evidence', models.CharField(choices=[('card_base_model', 'card base model'), ('hub_tag', 'hub tag'), ('mergekit_config', 'mergekit config'), ('base_label', 'base label'), ('description_link', 'description link'), ('description_name', 'description name'), ('header_kohya', 'header kohya'), ('header_a1111', 'header a1111'), ('catalog', 'catalog'), ('declared', 'declared')], max_length=32)),
                ('grade', models.CharField(choices=[('E1', 'E1'), ('E2', 'E2'), ('E3', 'E3'), ('E4', 'E4'), ('E5', 'E5'), ('E6', 'E6')], max_length=2)),
                ('weight', models.FloatField(null=True)),
                ('detail', models.TextField(default='')),
                ('source', models.TextField(default='', help_text='Where it was read.')),
                ('seen_at', models.DateTimeField()),
                ('retracted_at', models.DateTimeField(null=True)),
                ('parent_artifact', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='child_edges', to='registry.artifact')),
                ('parent_model', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='child_edges', to='registry.hubmodel')),
                ('child', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='parent_edges', to='registry.modelversion')),
                ('parent_version', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='child_edges', to='registry.modelversion')),
            ],
        ),
        migrations.CreateModel(
            name='StateChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('listed', 'listed'), ('gated', 'gated'), ('archived', 'archived'), ('taken_down', 'taken down'), ('disabled', 'disabled'), ('renamed', 'renamed'), ('withdrawn', 'withdrawn'), ('gone', 'gone')], max_length=16)),
                ('moved_to', models.CharField(default='', max_length=255)),
                ('seen_at', models.DateTimeField()),
                ('hub_model', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='state_changes', to='registry.hubmodel')),
            ],
        ),
        migrations.CreateModel(
            name='ArtifactDigest',
            fields=[
                ('pk', models.CompositePrimaryKey('artifact_id', 'algorithm', 'value', blank=True, editable=False, primary_key=True, serialize=False)),
                ('algorithm', models.CharField(max_length=16)),
                ('value', models.CharField(db_collation='C', max_length=64)),
                ('artifact', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='digests', to='registry.artifact')),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.HashIndex(fields=['value'], name='artifact_digest_by_value')],
            },
        ),
        migrations.AddIndex(
            model_name='modelversion',
            index=models.Index(fields=['hub_version_id'], name='model_version_by_hub_id'),
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.UniqueConstraint(fields=('hub_model', 'hub_version_id'), name='one_row_per_hub_version'),
        ),
        migrations.AddConstraint(
            model_name='modelfile',
            constraint=models.UniqueConstraint(fields=('version', 'hub_file_id', 'artifact'), name='one_row_per_listed_file', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='lineageedge',
            index=models.Index(condition=models.Q(('parent_artifact__isnull', True), ('parent_version__isnull', True)), fields=['parent_ref'], name='open_edges_by_reference'),
        ),
        migrations.AddIndex(
            model_name='lineageedge',
            index=models.Index(condition=models.Q(('parent_version__isnull', False)), fields=['parent_version'], name='edges_by_parent_version'),
        ),
        migrations.AddIndex(
            model_name='lineageedge',
            index=models.Index(condition=models.Q(('parent_artifact__isnull', False)), fields=['parent_artifact'], name='edges_by_parent_artifact'),
        ),
        migrations.AddConstraint(
            model_name='lineageedge',
            constraint=models.UniqueConstraint(fields=('child', 'parent_ref', 'evidence', 'relation'), name='one_edge_per_statement'),
        ),
        migrations.AddConstraint(
            model_name='lineageedge',
            constraint=models.CheckConstraint(condition=models.Q(('child', models.F('parent_version')), _negated=True), name='no_version_is_its_own_parent'),
        ),
    ]
