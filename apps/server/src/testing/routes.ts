import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ModulesContainer } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Application } from 'express';
import { POLICY } from '../access/policy.js';
import { SchemaPipe } from '../http/schema-pipe.js';

export interface Route {
  readonly method: string;
  readonly path: string;
  /** As declared; a test checks that it is one. */
  readonly action: string | undefined;
  /** Whether its body and its query, where it takes them, are held against a schema. */
  readonly checked: boolean;
}

type Handler = (...parameters: unknown[]) => unknown;

/** Every route that a controller of the app declares. */
export function declaredRoutes(app: NestExpressApplication): Route[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.controllers.values(),
  ]);
  return controllers.flatMap(({ metatype }) => {
    const type = metatype as { prototype: Record<string, Handler> };
    const base = Reflect.getMetadata(PATH_METADATA, type) as string;
    return Object.getOwnPropertyNames(type.prototype).flatMap((name) => {
      return routeOf(base, type.prototype[name], isChecked(type, name));
    });
  });
}

function routeOf(base: string, handler: Handler | undefined, checked: boolean): Route[] {
  if (!handler || !Reflect.hasMetadata(METHOD_METADATA, handler)) return [];
  const own = Reflect.getMetadata(PATH_METADATA, handler) as string;
  const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number] ?? '';
  const path = `/${[base, own].join('/')}`.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1');
  return [{ method, path, action: Reflect.getMetadata(POLICY, handler) as string | undefined, checked }];
}

function isChecked(type: object, name: string): boolean {
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, type, name) ?? {}) as Record<
    string,
    { readonly pipes: readonly unknown[] }
  >;
  const taken = [RouteParamtypes.BODY, RouteParamtypes.QUERY];
  return Object.entries(parameters)
    .filter(([key]) => taken.includes(Number(key.split(':')[0])))
    .every(([, { pipes }]) => pipes.some((pipe) => pipe instanceof SchemaPipe));
}

/** Every route that Express really has, as `GET /path`. */
export function servedRoutes(app: NestExpressApplication): string[] {
  const express = app.getHttpAdapter().getInstance() as Application;
  const layers = (
    express.router as unknown as { stack: { route?: { path: string; methods: Record<string, boolean> } }[] }
  ).stack;
  return layers.flatMap(({ route }) => {
    if (!route) return [];
    return Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`);
  });
}
