import * as Twoslash from 'fumadocs-twoslash/ui';
import { Accordion, Accordions } from 'fumadocs-ui/components/accordion';
import { Tab, Tabs } from 'fumadocs-ui/components/tabs';
import { TypeTable } from 'fumadocs-ui/components/type-table';
import ofTheme from 'fumadocs-ui/mdx';

export const components = { ...ofTheme, ...Twoslash, Accordion, Accordions, Tab, Tabs, TypeTable };
